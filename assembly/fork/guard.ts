/** Guard: runs a frame so that a trap in it ends there. WebAssembly without exceptions cannot: the host catches it. */

/** Runs the frame by `runFrame`. @returns 1 when it trapped: the host keeps the error until `keep` */
@external('guard', 'run')
export declare function runGuarded(frame: usize): i32;

/** After a trap: writes the error as the result of the frame, by `failFrame`. */
@external('guard', 'fail')
export declare function failGuarded(frame: usize): void;
