/** Guard: what the host does for a frame in which a trap is to end. WebAssembly without exceptions cannot catch one. */

/** Runs the frame by `runFrame` of the ABI. @returns 1 when it trapped: the host keeps the error until `fail` */
export declare function run(frame: usize): i32;

/** After a trap: writes the error as the result of the frame, by `failFrame`. */
export declare function fail(frame: usize): void;
