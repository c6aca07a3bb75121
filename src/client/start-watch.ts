import { clearTimeout, setTimeout } from '../base/timers.ts';
import type { Pending } from './pending.ts';
import type { TaskClient } from './task-client.ts';

/** Looks take no larger a part of the thread's time: with tens of thousands of tasks they come less often. A guess. */
const LOOK_SHARE = 1 / 20;
/** But as often as this: it is how late a task may be told. A guess. */
const LONGEST_REST_US = 100_000;

type Starts = Pick<TaskClient, 'askStart' | 'now'>;

/** A task that had not started when it was looked for last. */
export class Unstarted {
  readonly pending: Pending;
  readonly timeoutMs: number;
  /** Told once, when the task is seen to have started. */
  readonly onStart: (startedUs: number) => void;
  /** Where it stands in its watch, −1 when it has left. */
  position = -1;
  /** The answer is on its way. */
  asked = false;
  readonly #watch: StartWatch;

  constructor(watch: StartWatch, pending: Pending, timeoutMs: number, onStart: (startedUs: number) => void) {
    this.#watch = watch;
    this.pending = pending;
    this.timeoutMs = timeoutMs;
    this.onStart = onStart;
  }

  /** It is watched no more. */
  off(): void {
    if (this.position >= 0) this.#watch.remove(this);
  }

  readonly answer = (startedUs: number): void => {
    this.asked = false;
    if (startedUs < 0 || this.position < 0) return;
    this.off();
    this.onStart(startedUs);
  };
}

/**
 * Start watch: the tasks with `timeoutMs` that still waited when that time had passed. It begins with the task, and nobody tells
 * this thread when that is. One timer looks for all of them, the shortest `timeoutMs` after the last look: a task that started
 * right behind that is not late yet. Tens of thousands are looked for less often, and a task may be ended that much too late.
 */
export class StartWatch {
  readonly #client: Starts;
  readonly #tasks: Unstarted[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** When the timer is due. */
  #dueUs = Infinity;
  /** Not before: the last look took its share. */
  #restsUntilUs = 0;

  constructor(client: Starts) {
    this.#client = client;
  }

  /** @param onStart told once it has started, soon enough to end it by `timeoutMs` */
  watch(pending: Pending, timeoutMs: number, onStart: (startedUs: number) => void): Unstarted {
    const task = new Unstarted(this, pending, timeoutMs, onStart);
    task.position = this.#tasks.length;
    this.#tasks.push(task);
    this.#lookWithin(timeoutMs);
    return task;
  }

  /** In the place of one that leaves comes the last one. */
  remove(task: Unstarted): void {
    const last = this.#tasks.pop();
    if (last !== undefined && last !== task) {
      this.#tasks[task.position] = last;
      last.position = task.position;
    }
    task.position = -1;
    if (this.#tasks.length > 0) return;
    clearTimeout(this.#timer);
    this.#dueUs = Infinity;
  }

  #lookWithin(ms: number): void {
    const nowUs = this.#client.now();
    const dueUs = Math.max(nowUs + ms * 1000, this.#restsUntilUs);
    if (dueUs >= this.#dueUs) return;
    this.#dueUs = dueUs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#look, (dueUs - nowUs) / 1000);
  }

  readonly #look = (): void => {
    this.#dueUs = Infinity;
    const beganUs = this.#client.now();
    let shortestMs = Infinity;
    // From the end: whoever leaves meanwhile is replaced by one that was looked for already.
    for (let position = this.#tasks.length - 1; position >= 0; --position) {
      const task = this.#tasks[position];
      if (task === undefined) continue;
      if (!task.asked) {
        task.asked = true;
        this.#client.askStart(task.pending, task.answer, false);
      }
      if (task.position >= 0) shortestMs = Math.min(shortestMs, task.timeoutMs);
    }
    const endedUs = this.#client.now();
    this.#restsUntilUs = endedUs + Math.min((endedUs - beganUs) / LOOK_SHARE, LONGEST_REST_US);
    if (this.#tasks.length > 0) this.#lookWithin(shortestMs);
  };
}
