import { CANCELLED, FAILED, TAG_ENGINE_ERROR } from '../abi/codes.ts';
import type { RunningMeans } from '../worker/running-means.ts';
import type { Outbox } from './outbox.ts';
import { FLAG_REFUSED, KIND_MEAN, KIND_OUTCOME, KIND_STARTED } from './protocol.ts';
import { ChannelRecord } from './record.ts';

/** The host hears of a mean that has changed by this share. A guess. */
const NEWS = 0.25;

/** What a node process tells its host of tasks, beside how they ended. */
export class Answers {
  readonly #outbox: Outbox;
  readonly #record = new ChannelRecord();
  /** By type: the mean that the host knows. */
  readonly #toldUs: Float32Array;
  readonly #means: Pick<RunningMeans, 'meanUs'>;
  #longestUs = 0;

  constructor(outbox: Outbox, types: number, means: Pick<RunningMeans, 'meanUs'>) {
    this.#outbox = outbox;
    this.#toldUs = new Float32Array(types);
    this.#means = means;
  }

  /** What the longest tasks of late take: shorter ones halve it, one by one. Undefined: none has ended. */
  get taskUs(): number | undefined {
    return this.#longestUs === 0 ? undefined : this.#longestUs;
  }

  /** @param ranUs since the start of the task, −1: it waits, or does not start any more */
  started(id: number, ranUs: number): void {
    this.#outbox.put(this.#record.set(KIND_STARTED, id, ranUs));
  }

  cancelled(id: number): void {
    const outcome = this.#record.set(KIND_OUTCOME, id);
    outcome.status = CANCELLED;
    this.#outbox.put(outcome);
  }

  /** The task was not run. @param error as the engine encodes one */
  refused(id: number, error: Uint8Array): void {
    const outcome = this.#record.set(KIND_OUTCOME, id);
    outcome.status = FAILED;
    outcome.flags = FLAG_REFUSED;
    outcome.tag = TAG_ENGINE_ERROR;
    outcome.length = error.length;
    this.#outbox.putBytes(outcome, error, 0);
  }

  /** A task of a type has ended: what such a one takes, if that is news. */
  mean(type: number): void {
    const meanUs = this.#means.meanUs(type);
    this.#longestUs = Math.max(meanUs, this.#longestUs / 2);
    const toldUs = this.#toldUs[type] ?? 0;
    if (Math.abs(meanUs - toldUs) <= NEWS * toldUs) return;
    this.#toldUs[type] = meanUs;
    const news = this.#record.set(KIND_MEAN, 0, meanUs);
    news.type = type;
    this.#outbox.put(news);
  }
}
