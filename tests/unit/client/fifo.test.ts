import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Fifo } from '../../../src/client/fifo.ts';

describe('Fifo', () => {
  it('does what an array does, while it grows and wraps', () => {
    const seed = Date.now() | 0;
    console.log('seed', seed);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 6 }), { maxLength: 400 }), (commands) => {
        const fifo = new Fifo<number>();
        let model: number[] = [];
        for (const [at, command] of commands.entries()) {
          if (command === 6) {
            const isKept = (item: number): boolean => item % 3 !== 0;
            fifo.retain(isKept);
            model = model.filter(isKept);
          } else if (command === 5) {
            fifo.unshift(at);
            model.unshift(at);
          } else if (command > 0) {
            for (let i = 0; i < command; ++i) {
              fifo.push(at * 10 + i);
              model.push(at * 10 + i);
            }
          } else {
            for (let i = command; i < 0; ++i) assert.equal(fifo.shift(), model.shift());
          }
          assert.equal(fifo.peek(), model[0]);
          assert.equal(fifo.size, model.length);
          assert.deepEqual([...fifo], model);
        }
      }),
      { seed },
    );
  });
});
