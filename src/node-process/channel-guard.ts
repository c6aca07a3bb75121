import {
  FIRST_MESSAGE_ID,
  FLAG_LARGE,
  KIND_HELLO,
  KIND_OUTCOME,
  KIND_PIECE,
  KIND_READY,
  MESSAGE_MOST,
} from './protocol.ts';
import type { ChannelRecord } from './record.ts';

/** Bytes of a large record, whatever the pool is: an error with all that it holds is the longest one. */
const LARGE_MOST = 64 << 20;
/** A process that is not ready has little to say. */
const MOST_BEFORE_READY = 1000;
/** Reports and events that begin before another one has ended. */
const MOST_LARGE_MESSAGES = 256;

/**
 * Judges what a node process says before anything is done about it. One that is not what was started, or whose memory a native addon
 * has overwritten, must not make its host keep memory without end.
 */
export class ChannelGuard {
  #payloadLimit = 0;
  #isReady = false;
  #before = 0;
  #largeMessages = 0;

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
    if (kind !== KIND_PIECE && (kind < KIND_READY || kind > KIND_HELLO))
      throw strange(`a record of kind ${String(kind)}`);
    const isLarge = (flags & FLAG_LARGE) !== 0;
    const most = isLarge ? Math.max(LARGE_MOST, this.#payloadLimit) : MESSAGE_MOST;
    if (length > most) throw strange(`a record of ${String(length)} bytes`);
    if (!this.#isReady) this.#checkEarly(kind);
    if (kind === KIND_OUTCOME && isLarge && !expects(id))
      throw strange('a large outcome of a task that it does not have');
    if (kind !== KIND_OUTCOME && isLarge) this.#begin(id);
  }

  /** A large message is complete. */
  end(): void {
    this.#largeMessages -= 1;
  }

  #begin(id: number): void {
    if (id < FIRST_MESSAGE_ID) throw strange('a large message without a number');
    this.#largeMessages += 1;
    if (this.#largeMessages > MOST_LARGE_MESSAGES) throw strange('more messages at once than it begins');
  }

  #checkEarly(kind: number): void {
    this.#before += 1;
    if (kind === KIND_OUTCOME) throw strange('an outcome before it was ready');
    if (this.#before > MOST_BEFORE_READY) throw strange(`${String(this.#before)} records before it was ready`);
  }
}

function strange(what: string): Error {
  return new Error(
    `the node process said what none of this version says, ${what}: look for a native addon that overwrites memory, or for ` +
      'another program in the place of the runtime',
  );
}
