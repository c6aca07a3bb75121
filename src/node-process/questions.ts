import { Fifo } from '../client/fifo.ts';

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

  get size(): number {
    return this.#questions.size;
  }

  /** A question was sent. */
  ask(tell: Tell): void {
    this.#questions.push({ tell, isSent: true });
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
}
