import {
  FIRST_MESSAGE_ID,
  FLAG_LARGE,
  KIND_OUTCOME,
  KIND_PIECE,
  KIND_READY,
  KIND_RETURNED,
  MESSAGE_MOST,
} from './protocol.ts';
import type { ChannelRecord } from './record.ts';

/** Bytes of a large record, whatever the pool is: an error with all that it holds is the longest one. */
const LARGE_MOST = 64 << 20;
/** Bytes of all large messages that are under way. */
const LARGE_TOTAL_MOST = 4 * LARGE_MOST;
/** A process that is not ready has little to say, and so has one that nobody listens to yet. */
const MOST_BEFORE_READY = 1000;

/**
 * Judges what a node process says before anything is done about it. One that is not what was started, or whose memory a native addon
 * has overwritten, must not make its host keep memory without end.
 */
export class ChannelGuard {
  #payloadLimit = 0;
  #isReady = false;
  #before = 0;
  #unheard = 0;
  #largeBytes = 0;

  /** The process is ready. @param payloadLimit bytes of its largest payload */
  admit(payloadLimit: number): void {
    this.#isReady = true;
    this.#payloadLimit = payloadLimit;
  }

  /**
   * @param expects whether the outcome of a task with this id is awaited
   * @throws Error what no node process of this version says
   */
  check({ kind, flags, id, length }: Readonly<ChannelRecord>, expects: (id: number) => boolean): void {
    if (kind !== KIND_PIECE && (kind < KIND_READY || kind > KIND_RETURNED))
      throw strange(`a record of kind ${String(kind)}`);
    const isLarge = (flags & FLAG_LARGE) !== 0;
    const most = isLarge ? Math.max(LARGE_MOST, this.#payloadLimit) : MESSAGE_MOST;
    if (length > most) throw strange(`a record of ${String(length)} bytes`);
    if (!this.#isReady) this.#checkEarly(kind);
    if (kind === KIND_OUTCOME && isLarge && !expects(id))
      throw strange('a large outcome of a task that it does not have');
    if (kind !== KIND_OUTCOME && isLarge) this.#beginLarge(id, length);
  }

  /** A record that `check` has let pass is complete. */
  complete({ kind, flags, length }: Readonly<ChannelRecord>): void {
    if (kind !== KIND_OUTCOME && (flags & FLAG_LARGE) !== 0) this.#largeBytes -= length;
  }

  /** A record is kept until somebody listens. @throws Error when there are too many */
  keep(): void {
    this.#unheard += 1;
    if (this.#unheard > MOST_BEFORE_READY) throw strange(`${String(this.#unheard)} records before anything was asked`);
  }

  #beginLarge(id: number, length: number): void {
    if (id < FIRST_MESSAGE_ID) throw strange('a large message without a number');
    this.#largeBytes += length;
    if (this.#largeBytes > LARGE_TOTAL_MOST) throw strange(`messages of ${String(this.#largeBytes)} bytes at once`);
  }

  #checkEarly(kind: number): void {
    this.#before += 1;
    if (kind === KIND_OUTCOME || kind === KIND_RETURNED) throw strange('an outcome before it was ready');
    if (this.#before > MOST_BEFORE_READY) throw strange(`${String(this.#before)} records before it was ready`);
  }
}

/** The error for what no node process of this version says. */
export function strange(what: string): Error {
  return new Error(
    `the node process said what none of this version says, ${what}: look for a native addon that overwrites memory, or for ` +
      'another program in the place of the runtime',
  );
}
