import { MemoryWatch } from './memory-watch.ts';
import { ObjectiveWatch } from './objective-watch.ts';

/** What is looked at again and again while a scheduler of threads has tasks. */
export class Watches {
  readonly #memory: MemoryWatch;
  readonly #objectives: ObjectiveWatch | undefined;

  /** @param objectives undefined: there are none */
  constructor(memory: MemoryWatch, objectives: ObjectiveWatch | undefined) {
    this.#memory = memory;
    this.#objectives = objectives;
  }

  /** There are tasks. */
  begin(): void {
    this.#memory.begin();
    this.#objectives?.begin();
  }

  /** The objective that is missed by most; undefined when none is. */
  missed(): ReturnType<ObjectiveWatch['check']> {
    return this.#objectives?.check();
  }

  /** Looks no more. */
  close(): void {
    this.#memory.close();
    this.#objectives?.close();
  }
}
