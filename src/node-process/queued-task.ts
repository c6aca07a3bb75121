import { META_TAG_MASK } from '../abi/codes.ts';
import * as layout from '../abi/layout.ts';
import type { EngineInstance } from '../wasm/engine.ts';
import { INLINE_MOST, KIND_RETURNED } from './protocol.ts';
import { type ChannelRecord, levelOf } from './record.ts';

/**
 * Reads a task from its slot, to be sent back. A worker may begin it meanwhile: what was read holds only if it can be cancelled
 * afterwards, and so not have started.
 *
 * @param record filled in
 * @returns its input; undefined when that is large
 */
export function readQueued(
  { u32, i32, f64, buffer }: EngineInstance,
  slot: number,
  id: number,
  record: ChannelRecord,
): Buffer | undefined {
  const at = (u32[layout.HEADER_SLAB >> 2] ?? 0) + slot * layout.SLOT_BYTES;
  const length = u32[(at + layout.SLOT_LENGTH) >>> 2] ?? 0;
  const payload = u32[(at + layout.SLOT_PAYLOAD) >>> 2] ?? 0;
  const meta = i32[(at + layout.SLOT_META) >>> 2] ?? 0;
  if (length > INLINE_MOST) return undefined;
  record.set(KIND_RETURNED, id, f64[(at + layout.SLOT_VALUE) >>> 3]);
  record.type = i32[(at + layout.SLOT_TYPE) >>> 2] ?? 0;
  record.tag = meta & META_TAG_MASK;
  record.level = levelOf(meta);
  record.length = length;
  return Buffer.from(buffer.subarray(payload, payload + length));
}
