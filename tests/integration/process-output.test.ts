import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LogEvent } from '../../src/index.ts';
import { withEngine } from '../support/engines.ts';
import { until } from '../support/until.ts';
import { runScript, taskModule } from './bad-input.ts';

const TALK = `export function talk(lines) { for (const line of lines) console.log(line); console.error('and more'); }`;

describe('what a node process writes', () => {
  it("comes line by line as 'log' events to whoever listens", async () => {
    const tasks = taskModule(TALK);
    await withEngine<{ talk: (lines: readonly string[]) => void }>({ isolation: 'process', tasks }, async (engine) => {
      const heard: LogEvent[] = [];
      engine.on('log', (event) => heard.push(event));
      await engine.run('talk', ['one', 'zwölf', '']);
      await until(() => heard.length === 4, 'four lines');
      const of = (stream: string): string[] => heard.filter((event) => event.stream === stream).map(({ line }) => line);
      assert.deepEqual([of('stdout'), of('stderr')], [['one', 'zwölf', ''], ['and more']]);
      assert.ok(heard.every(({ node }) => node === 0));
    });
  });

  it('goes to the same stream of the host when nobody listens, all of it before the engine has closed', async () => {
    const { code, stdout, stderr } = await runScript(`
      const engine = await createEngine({ tasks: new URL(${JSON.stringify(taskModule(TALK).href)}), workers: 1, isolation: 'process' });
      await engine.run('talk', Array.from({ length: 5000 }, (_, n) => 'line ' + n));
      await engine.close();
      console.log('closed');
    `);
    assert.deepEqual([code, stderr], [0, 'and more\n']);
    const lines = stdout.trimEnd().split('\n');
    assert.deepEqual([lines.length, lines[0], lines.at(-1)], [5001, 'line 0', 'closed']);
  });
});
