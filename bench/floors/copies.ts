/** What every way to another thread and back costs: bytes into shared memory, and out again into an array of their own. */
export class Copies {
  readonly #size: number;
  // A part of a buffer is copied natively on every runtime that can, a whole one not on all of them.
  readonly #source: Buffer;
  readonly #shared: Buffer;

  constructor(size: number) {
    this.#size = size;
    this.#source = Buffer.alloc(size + 1, 1);
    this.#shared = Buffer.from(new SharedArrayBuffer(size + 1));
  }

  readonly run = (count: number): Promise<void> => {
    for (let done = 0; done < count; done++) {
      this.#source.copy(this.#shared, 0, 0, this.#size);
      this.#shared.copy(Buffer.allocUnsafeSlow(this.#size), 0, 0, this.#size);
    }
    return Promise.resolve();
  };
}
