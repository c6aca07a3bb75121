/** Microseconds on the time base that all threads of the scheduler share. Imported: about 40 ns, so sampled. */
export declare function now(): f64;
