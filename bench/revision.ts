import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { loadLibrary, packageRoot, type Library } from './library.ts';

const execute = promisify(execFile);

/** Another revision of this repository, built in a worktree of its own. */
export interface Revision {
  readonly name: string;
  readonly library: Library;
  remove(): Promise<void>;
}

/** Builds `name` (anything git can resolve) with the dependencies of this checkout. */
export async function buildRevision(name: string, signal: AbortSignal): Promise<Revision> {
  const root = fileURLToPath(packageRoot());
  const git = (...args: string[]): Promise<{ stdout: string }> => execute('git', ['-C', root, ...args], { signal });
  const { stdout } = await git('rev-parse', '--verify', '--short', '--end-of-options', `${name}^{commit}`).catch(
    (error: unknown) => {
      throw new Error(`expected a revision of this git checkout after --against, got ${name}`, { cause: error });
    },
  );
  const commit = stdout.trim();
  const folder = await mkdtemp(join(tmpdir(), `bench-${commit}-`));
  const remove = async (): Promise<void> => {
    await execute('git', ['-C', root, 'worktree', 'remove', '--force', folder]).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await git('worktree', 'add', '--detach', folder, commit);
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await execute('npm', ['run', 'build'], { cwd: folder, signal, maxBuffer: 2 ** 26 });
    const library = await loadLibrary(pathToFileURL(`${folder}/`));
    return { name: commit, library, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
