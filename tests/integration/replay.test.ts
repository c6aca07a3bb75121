import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, it } from 'node:test';
import { QUICK } from '../support/quick.ts';
import { hashOf, play, randomProgram } from '../support/random-program.ts';

const PROGRAMS = QUICK ? 200 : 1000;
const OTHER_SEEDS = 4;
const CHILD = fileURLToPath(new URL('../support/replay-child.js', import.meta.url));

void describe('deterministic mode: replay', () => {
  void it(`runs each of ${String(PROGRAMS)} random programs twice in the same order`, async () => {
    for (let seed = 0; seed < PROGRAMS; ++seed) {
      const program = randomProgram(seed);
      const first = await play(program, seed);
      const second = await play(program, seed);
      assert.deepEqual(second, first, `program and engine seed ${String(seed)}`);
    }
  });

  void it('runs most programs in another order with another seed', async () => {
    let same = 0;
    let compared = 0;
    for (let program = 0; program < 100; ++program) {
      const { options, operations } = randomProgram(program);
      const traces = new Set<string>();
      for (let seed = 0; seed < OTHER_SEEDS; ++seed) traces.add(hashOf(await play({ options, operations }, seed)));
      compared += OTHER_SEEDS - 1;
      same += OTHER_SEEDS - traces.size;
    }
    assert.ok(same < compared / 4, `${String(same)} of ${String(compared)} traces were those of another seed`);
  });

  void it('runs them in the same order in another process', async () => {
    const programs = 40;
    const { stdout } = await promisify(execFile)(process.execPath, [CHILD, String(programs)]);
    const here: string[] = [];
    for (let seed = 0; seed < programs; ++seed) here.push(hashOf(await play(randomProgram(seed), seed)));
    assert.deepEqual(stdout.trim().split('\n'), here, `seeds 0 … ${String(programs - 1)}`);
  });
});
