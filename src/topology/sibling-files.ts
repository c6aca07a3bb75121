import type { MachineFiles } from './machine-files.ts';

/**
 * Files in which each CPU names those that share something with it, in folders `cpuN/topology`: under several names, as lists
 * (`…_list`) and as masks. All CPUs have the same ones, so that the name which told of one CPU is tried first with the next.
 */
export class SiblingFiles {
  readonly #files: MachineFiles;
  #names: readonly string[];

  /** @param names the newest name first */
  constructor(files: MachineFiles, names: readonly string[]) {
    this.#files = files;
    this.#names = names;
  }

  /** The CPUs that a CPU names, itself among them; null when no file says so. @param folder where its files are */
  of(cpu: number, folder: string): number[] | null {
    for (const name of this.#names) {
      const path = `${folder}/${name}`;
      const siblings = name.endsWith('_list') ? this.#files.list(path) : this.#files.mask(path);
      if (siblings?.includes(cpu) === true) {
        if (name !== this.#names[0]) this.#names = [name, ...this.#names.filter((other) => other !== name)];
        return siblings;
      }
      if (siblings !== null) {
        this.#files.warnings.addFile(path, 'a set of siblings with the CPU itself', 'one without it');
      }
    }
    return null;
  }
}
