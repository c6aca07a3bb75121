/** Guard: runs a frame so that a trap in it ends there. WebAssembly without exceptions cannot: the host catches it. */
import { runFrame } from './join';

@external('guard', 'run')
declare function run(frame: usize): i32;

@external('guard', 'fail')
declare function fail(frame: usize): void;

/** Runs the frame by `runFrame` of the ABI. @returns 1 when it trapped: the host keeps the error until `failGuarded` */
export function runGuarded(frame: usize): i32 {
  if (!isDefined(ENGINE_MODEL)) return run(frame);
  runFrame(frame); // the model's kernels trap nowhere
  return 0;
}

/** After a trap: the host writes the error as the result of the frame, by `failFrame`. */
export function failGuarded(frame: usize): void {
  if (!isDefined(ENGINE_MODEL)) fail(frame);
}
