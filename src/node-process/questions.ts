import { Fifo } from '../client/fifo.ts';
import { Pending, WAITING } from '../client/pending.ts';
import type { Released } from './released.ts';
import type { Sender } from './sender.ts';

/** @param ranUs since the start of the task, −1 while it waits */
type Tell = (ranUs: number) => void;

interface Question {
  readonly tell: Tell;
  /** An answer comes for it; else it is told with the one before. */
  readonly isSent: boolean;
}

/** What the host waits to hear from a node process; answers come in the order of the questions. */
export class Questions {
  readonly #questions = new Fifo<Question>();
  readonly #sender: Sender;
  readonly #released: Released;
  readonly #now: () => number;

  /** @param now the clock that starts are told by */
  constructor(sender: Sender, released: Released, now: () => number) {
    this.#sender = sender;
    this.#released = released;
    this.#now = now;
  }

  get size(): number {
    return this.#questions.size;
  }

  /** When a task started; `cancels`: one that waits shall not start any more. −1 while it waits, or when nobody knows. */
  askStart(pending: Pending, tell: (startedUs: number) => void, cancels: boolean): void {
    const { index } = pending;
    if (index < 0 || !this.#sender.isConnected) {
      tell(-1);
      return;
    }
    this.#sender.askStart(index, cancels);
    this.#ask((ranUs) => {
      // It may have ended, or wait again after its process was lost.
      if (pending.index === WAITING) tell(-1);
      else if (this.#released.entryOf(pending.index) === pending) tell(ranUs < 0 ? -1 : this.#now() - ranUs);
    });
  }

  /** Cancels a released task, which rejects with the answer: from then on it does not start. */
  cancel(pending: Pending, error: Error): void {
    const { index, task, killGraceMs } = pending;
    this.#released.replace(index, Pending.settled(task));
    this.#sender.cancel(index, 0, killGraceMs);
    this.#ask(() => {
      pending.reject(error);
    });
  }

  /** Calls when all questions before have been answered. */
  after(act: () => void): void {
    if (this.size === 0) act();
    else this.#questions.push({ tell: act, isSent: false });
  }

  /** An answer has come. */
  answer(ranUs: number): void {
    this.#questions.shift()?.tell(ranUs);
    while (this.#questions.peek()?.isSent === false) this.#questions.shift()?.tell(-1);
  }

  /** Nothing will be answered any more. */
  close(): void {
    for (let question = this.#questions.shift(); question !== undefined; question = this.#questions.shift()) {
      question.tell(-1);
    }
  }

  #ask(tell: Tell): void {
    this.#questions.push({ tell, isSent: true });
  }
}
