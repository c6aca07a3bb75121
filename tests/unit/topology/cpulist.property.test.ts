import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatCpuList, MAX_CPU, parseCpuList } from '../../../src/topology/cpulist.ts';

const seed = Date.now() | 0;
console.log(`# seed ${String(seed)}`);

/** An element of a list as text, and the numbers that it names. */
interface Element {
  readonly text: string;
  readonly cpus: readonly number[];
}

const cpu = fc.nat(300);
const single = cpu.map((first): Element => ({ text: String(first), cpus: [first] }));
const range = fc.tuple(cpu, fc.nat(40)).map(([first, more]): Element => {
  return { text: `${String(first)}-${String(first + more)}`, cpus: numbers(first, first + more) };
});
const strided = fc
  .tuple(cpu, fc.nat(60), fc.integer({ min: 1, max: 9 }), fc.nat(9))
  .map(([first, more, group, some]): Element => {
    const used = some % (group + 1);
    const text = `${String(first)}-${String(first + more)}:${String(used)}/${String(group)}`;
    return { text, cpus: numbers(first, first + more).filter((each) => (each - first) % group < used) };
  });
const elements = fc.array(fc.oneof(single, range, strided), { minLength: 1, maxLength: 8 });
const space = fc.constantFrom('', ' ', '\n', '\t');

function numbers(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

test('a list of the grammar names the union of what its elements name', () => {
  const property = fc.property(elements, space, (list, around) => {
    const parsed = parseCpuList(around + list.map(({ text }) => text).join(`,${around}`) + around);
    assert.ok(parsed.ok);
    assert.deepEqual(
      parsed.cpus,
      [...new Set(list.flatMap(({ cpus }) => cpus))].sort((one, other) => one - other),
    );
  });
  fc.assert(property, { seed, numRuns: 1000 });
});

test('format and parse undo each other, and a list that was formatted is the shortest of its kind', () => {
  const property = fc.property(fc.uniqueArray(fc.nat(MAX_CPU), { maxLength: 200 }), (cpus) => {
    const text = formatCpuList(cpus);
    const parsed = parseCpuList(text);
    assert.ok(parsed.ok);
    assert.equal(formatCpuList(parsed.cpus), text);
    assert.equal(parsed.cpus.length, cpus.length);
    assert.match(text, /^(?:\d+(?:-\d+)?(?:,|$))*$/);
  });
  fc.assert(property, { seed, numRuns: 500 });
});

test('a list with one wrong element is refused as a whole, and the reason shows that element', () => {
  const wrong = fc.oneof(
    fc
      .tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }))
      .map(([low, more]) => `${String(low + more)}-${String(low)}`),
    cpu.map((first) => `${String(first)}-${String(first + 5)}:3/2`),
    cpu.map((first) => `${String(first)}-${String(first + 5)}:1/0`),
    cpu.map((first) => `${String(first)}:1/2`),
    fc.integer({ min: MAX_CPU + 1, max: 2 ** 31 }).map(String),
    fc.constantFrom(
      '',
      '-',
      'all',
      '0x1f',
      '1.5',
      '1e3',
      '−1',
      '１',
      '0-',
      '-3',
      '1-2-3',
      '1-2:1',
      '1-2:1/2/3',
      '99999999999',
    ),
  );
  const property = fc.property(elements, wrong, fc.nat(), (list, bad, at) => {
    const texts = list.map(({ text }) => text);
    texts.splice(at % (texts.length + 1), 0, bad);
    const parsed = parseCpuList(texts.join());
    assert.ok(!parsed.ok, `${texts.join()} was read as ${parsed.ok ? String(parsed.cpus) : ''}`);
    assert.match(parsed.reason, /^expected .*, got /);
    assert.ok(parsed.reason.includes(bad.slice(0, 40)), parsed.reason);
  });
  fc.assert(property, { seed, numRuns: 1000 });
});

test('whatever changes in a text, the answer is a set within bounds or a reason', () => {
  const characters = fc.constantFrom(...'0123456789,-:/ \nx'.split(''));
  const property = fc.property(fc.string({ unit: characters, maxLength: 40 }), (text) => {
    const parsed = parseCpuList(text);
    if (!parsed.ok) return;
    assert.ok(
      parsed.cpus.every((each, index) => each >= 0 && each <= MAX_CPU && each > (parsed.cpus[index - 1] ?? -1)),
    );
  });
  fc.assert(property, { seed, numRuns: 3000 });
});
