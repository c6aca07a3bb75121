import type { InputWriter } from '../client/input-writer.ts';
import type { TaskType } from '../client/task-type.ts';
import type { Outbox } from './outbox.ts';
import { INLINE_MOST, KIND_TASK } from './protocol.ts';
import { ChannelRecord, RECORD_BYTES, type RecordBytes, recordBytes, recordWords } from './record.ts';

/** So many inputs are packed at once at most: nothing of a long `runMany` would run meanwhile. */
const INPUTS_MOST = 512;
/** And so many bytes with their headers; one inline input fits. */
const BYTES_MOST = 128 << 10;

/** Inputs of a `runMany`, encoded as the records of their tasks, which lack only their ids: no object is made for any of them. */
export class PackedInputs {
  /** How many there are. */
  count = 0;
  /** The writer holds one more, which is too large to stand here, or came when this was full. */
  hasMore = false;
  readonly #bytes: RecordBytes;
  /** Where the records begin, and where the last one ends, as indexes of words. */
  readonly #starts: Uint32Array;
  readonly #record = new ChannelRecord();
  /** The position of the first. */
  #first = 0;
  /** How many parts are being written. */
  #lent = 0;
  #whenBack: (() => void) | undefined;
  readonly #takeBack = (): void => {
    this.#lent -= 1;
    if (this.#lent === 0) this.#endLending();
  };

  constructor(bytes = BYTES_MOST, inputs = INPUTS_MOST) {
    this.#bytes = recordBytes(Buffer.allocUnsafeSlow(bytes));
    this.#starts = new Uint32Array(inputs + 1);
  }

  get words(): Int32Array {
    return this.#bytes.words;
  }

  /** Where the record of the input at a position begins, as an index of words. */
  startOf(position: number): number {
    return this.#starts[position - this.#first] ?? 0;
  }

  /**
   * Packs inputs from `from` on, as many as there is room for.
   *
   * @throws WorkStealingError ERR_NOT_SHAREABLE, ERR_PAYLOAD_TOO_LARGE, as the writer; whatever a getter of an input throws
   */
  pack(writer: InputWriter, task: TaskType, level: number, inputs: readonly unknown[], from: number): void {
    const { buffer, words, numbers } = this.#bytes;
    const record = this.#record.set(KIND_TASK, 0);
    const last = Math.min(inputs.length, from + INPUTS_MOST);
    let at = 0;
    this.#first = from;
    this.count = 0;
    this.hasMore = false;
    record.level = level;
    record.type = task.type;
    for (let position = from; position < last; ++position) {
      writer.prepareInput(inputs[position], task.kernel);
      const { tag, number, length } = writer.encoder;
      this.hasMore = length > INLINE_MOST || at + recordWords(length) > words.length;
      if (this.hasMore) return;
      record.tag = tag;
      record.number = number;
      record.length = length;
      record.write(words, numbers, at);
      if (length > 0) writer.encoder.write(buffer, (at << 2) + RECORD_BYTES, true);
      this.count += 1;
      at += recordWords(length);
      this.#starts[this.count] = at;
    }
  }

  /** The tasks of the inputs from `begin` to `end` have ids: their records go out from here. */
  lend(begin: number, end: number, outbox: Pick<Outbox, 'putWhole'>): void {
    const { buffer } = this.#bytes;
    this.#lent += 1;
    outbox.putWhole(buffer.subarray(this.startOf(begin) << 2, this.startOf(end) << 2), this.#takeBack);
  }

  /** Calls when nothing is lent any more: now, if that is so. */
  whenBack(act: () => void): void {
    this.#whenBack = act;
    if (this.#lent === 0) this.#endLending();
  }

  #endLending(): void {
    const act = this.#whenBack;
    this.#whenBack = undefined;
    act?.();
  }

  /** Those from `begin` to `end`, in no more memory than they need. */
  slice(begin: number, end: number): PackedInputs {
    const from = this.startOf(begin);
    const to = this.startOf(end);
    const slice = new PackedInputs((to - from) << 2, end - begin);
    slice.words.set(this.words.subarray(from, to));
    slice.#first = begin;
    slice.count = end - begin;
    for (let n = 0; n <= slice.count; ++n) slice.#starts[n] = this.startOf(begin + n) - from;
    return slice;
  }
}
