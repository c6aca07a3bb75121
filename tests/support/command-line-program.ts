/** The child of a `CommandLine`: runs the command lines that it is sent as src/cli/main.ts runs one. */
import { main } from '../../src/cli/program.ts';
import type { Answer } from './command-line.ts';

async function answer(args: readonly string[]): Promise<Answer> {
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = (text: unknown): boolean => {
      written[name] += String(text);
      return true;
    };
  }
  return { status: await main(args), ...written };
}

process.on('message', (args: readonly string[]) => {
  void answer(args).then((reply) => process.send?.(reply));
});
