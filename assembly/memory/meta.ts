/** Meta word of a slot: submitter (16) | flags (6) | priority (2) | tag (8). Bits: src/abi/codes.ts. */
import { META_PRIORITY_SHIFT, META_SUBMITTER_SHIFT } from '../../src/abi/codes';

export function levelOf(meta: i32): i32 {
  return (meta >> META_PRIORITY_SHIFT) & 3;
}

export function submitterOf(meta: i32): i32 {
  return meta >>> META_SUBMITTER_SHIFT;
}
