import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';

/**
 * The package that the engine's sources are compiled under. A path that leads to one of them any other way gets a file that
 * re-exports it: the compiler knows a module by its path, and would compile it once more, with variables of its own.
 */
const ENGINE = '@tallyio/engine';
/** Of the engine's sources, as the compiler names them. */
export const ENGINE_PREFIX = `~lib/${ENGINE}/`;

/** The entry that exports the engine and the user's files, in memory alone. */
export const ENTRY = '.tallyio/entry.ts';

/** Folders of the package whose files are the engine. */
const ENGINE_FOLDERS = ['assembly/', 'src/abi/'];

/** The files of one compilation, as the compiler sees them. */
export class SourceFiles {
  readonly #folder: string;
  readonly #root: string;
  readonly #entry: string;
  readonly #onRead: (path: string) => void;

  /**
   * @param folder the current one: paths are relative to it
   * @param root of this package
   * @param files paths of the user's, relative to `folder`, with `/` and their endings
   * @param onRead is called with the absolute path before a file is read, whether there is one or not
   */
  constructor(folder: string, root: string, files: readonly string[], onRead: (path: string) => void) {
    this.#folder = folder;
    this.#root = root;
    this.#entry = [
      `export * from '${ENGINE}/assembly/engine';`,
      ...files.map((file) => `export * from ${JSON.stringify(`../${file.replace(/\.ts$/, '')}`)};`),
    ].join('\n');
    this.#onRead = onRead;
  }

  /** Text of a file; null when there is none. Compiler options are ours: no `asconfig.json` is read. */
  read(name: string): string | null {
    const path = name.split(sep).join('/');
    if (path === ENTRY) return this.#entry;
    if (path.endsWith('asconfig.json')) return null;
    const engine = behind(path, ENGINE);
    if (engine !== undefined) return this.#text(join(this.#root, engine));
    const own = behind(path, 'tallyio');
    const file = own === undefined ? resolve(this.#folder, name) : join(this.#root, own);
    const part = this.#enginePart(file);
    return part === undefined ? this.#text(file) : `export * from '${ENGINE}/${part}';\n`;
  }

  /** What a file of the engine is called within the package, without its ending; undefined for any other. */
  #enginePart(file: string): string | undefined {
    const path = realPath(file);
    if (path === undefined) return undefined;
    const part = relative(this.#root, path).split(sep).join('/');
    return ENGINE_FOLDERS.some((folder) => part.startsWith(folder)) ? part.replace(/\.ts$/, '') : undefined;
  }

  #text(path: string): string | null {
    // A package of the user's is looked for in every folder above; where there is none there will be none.
    if (!path.includes(`node_modules${sep}`) || realPath(dirname(path)) !== undefined) this.#onRead(path);
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return null;
    }
  }
}

/** What follows `node_modules/NAME/`, the last one, in a path. */
function behind(path: string, name: string): string | undefined {
  const folder = `node_modules/${name}/`;
  const at = path.lastIndexOf(folder);
  return at < 0 ? undefined : path.slice(at + folder.length);
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
