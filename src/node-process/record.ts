/**
 * A record: a header of 24 bytes, little endian, and, unless it is large, its payload. Records stand back to back.
 *
 *   0      1       2     3       4      6        8      12       16       24
 *   ├──────┼───────┼─────┼───────┼──────┼────────┼──────┼────────┼────────┼───────────
 *   │ kind │ level │ tag │ flags │ type │ worker │ id   │ length │ number │ payload …
 *   │ u8   │ u8    │ u8  │ u8    │ u16  │ i16    │ u32  │ u32    │ f64    │ u8 × length
 *
 *   level    priority of a task; status of an outcome
 *   number   the f64 word of a payload; a time
 *
 * One object serves all records that a thread writes or reads: nothing is allocated for one.
 */
export const RECORD_BYTES = 24;
const AT_TYPE = 4;
const AT_ID = 8;
const AT_LENGTH = 12;
const AT_NUMBER = 16;

/** A record's header. */
export class ChannelRecord {
  kind = 0;
  level = 0;
  tag = 0;
  flags = 0;
  type = 0;
  /** The only one that may run the task, −1 for any. */
  worker = 0;
  id = 0;
  /** Bytes of the payload. */
  length = 0;
  number = 0;

  /** Makes it a record that says no more than this. */
  set(kind: number, id: number, number = 0): this {
    this.kind = kind;
    this.level = 0;
    this.tag = 0;
    this.flags = 0;
    this.type = 0;
    this.worker = 0;
    this.id = id;
    this.length = 0;
    this.number = number;
    return this;
  }

  write(view: DataView, at: number): void {
    view.setUint32(at, this.kind | (this.level << 8) | (this.tag << 16) | (this.flags << 24), true);
    view.setUint32(at + AT_TYPE, this.type | (this.worker << 16), true);
    view.setUint32(at + AT_ID, this.id, true);
    view.setUint32(at + AT_LENGTH, this.length, true);
    view.setFloat64(at + AT_NUMBER, this.number, true);
  }

  read(view: DataView, at: number): void {
    const head = view.getUint32(at, true);
    const target = view.getInt32(at + AT_TYPE, true);
    this.kind = head & 255;
    this.level = (head >>> 8) & 255;
    this.tag = (head >>> 16) & 255;
    this.flags = head >>> 24;
    this.type = target & 0xffff;
    this.worker = target >> 16;
    this.id = view.getUint32(at + AT_ID, true);
    this.length = view.getUint32(at + AT_LENGTH, true);
    this.number = view.getFloat64(at + AT_NUMBER, true);
  }

  copy(): ChannelRecord {
    return Object.assign(new ChannelRecord(), this);
  }
}
