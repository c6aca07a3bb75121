import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { topologySvg } from '../../../src/cli/topology-svg.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { changed, machine, wholeMachine } from '../../support/machine.ts';

interface Rectangle {
  readonly kind: string;
  readonly x: number;
  readonly y: number;
  readonly right: number;
  readonly bottom: number;
}

function svg(topology: Topology, plan = wholeMachine(topology)): string {
  return topologySvg(topology, plan);
}

function rectangles(text: string): Rectangle[] {
  const tags = text.matchAll(/<rect class="([^"]*)" x="([^"]*)" y="([^"]*)" width="([^"]*)" height="([^"]*)"/g);
  return [...tags].map(([, kind = '', ...numbers]) => {
    const [x = NaN, y = NaN, width = NaN, height = NaN] = numbers.map(Number);
    return { kind, x, y, right: x + width, bottom: y + height };
  });
}

function countOf(text: string, kind: string): number {
  return rectangles(text).filter((rectangle) => rectangle.kind === kind).length;
}

/** Titles of CPUs: samples in the legend have none. */
function cpuTitles(text: string): string[] {
  return [...text.matchAll(/<title>(CPU \d[^<]*)<\/title>/g)].map(([, title = '']) => title);
}

/** Each element is closed, in order, and each entity is one that XML has. */
function checkWellFormed(text: string): void {
  const open: string[] = [];
  for (const [, close, name = '', self] of text.matchAll(/<(\/?)([a-z]+)[^<>]*?(\/?)>/g)) {
    if (close === '/') assert.equal(open.pop(), name);
    else if (self !== '/') open.push(name);
  }
  assert.deepEqual(open, []);
  assert.doesNotMatch(text.replace(/<[^<>]*>/g, ''), /[<>]|&(?!amp;|lt;|gt;|quot;|#39;)/);
  assert.doesNotMatch(text, /[^\P{Cc}\n]/u);
}

const two = machine({ nodes: 2, coresPerNode: 8, threads: 2, coresPerCache: 4 });

describe('topologySvg', () => {
  it('is one document that needs no other, on a ground of its own', () => {
    const text = svg(two);
    checkWellFormed(text);
    assert.match(
      text,
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="1200" height="\d+" viewBox="0 0 1200 \d+"/,
    );
    assert.doesNotMatch(text, /href|url\(|@import|<script/);
    assert.match(text, /\.page \{ fill: #fff/);
    assert.equal(rectangles(text)[0]?.kind, 'page');
  });

  it('draws a box per node, cache and core, and a cell per CPU', () => {
    const text = svg(two);
    assert.equal(countOf(text, 'node'), 2);
    assert.equal(countOf(text, 'cache'), 4 + 1, 'and one in the legend');
    assert.equal(countOf(text, 'core'), 16 + 1, 'and one in the legend');
    assert.doesNotMatch(svg(machine({ nodes: 2, coresPerNode: 8 })), /threads of one core|class="core"/);
    assert.equal(cpuTitles(text).length, 32);
    assert.match(text, />node 1<.*\n.*>16\.0 GiB<.*\n.*>16 workers, memory bound</);
    assert.match(text, /An engine uses 32 workers in 2 node processes/);
    assert.match(text, /CPUs: 32 online, all allowed/);
  });

  it('colours CPUs by what becomes of them, and says so in the legend', () => {
    const base = machine({ nodes: 2, coresPerNode: 3 }, { allowedCpus: [0, 1, 2, 3], isolatedCpus: [1] });
    const plan = wholeMachine(base, { hostCpus: [2], unused: [{ node: 1, cpus: [3, 4, 5], reason: 'kept <free>' }] });
    const text = svg(base, { ...plan, nodes: plan.nodes.slice(0, 1).map((node) => ({ ...node, cpus: [0] })) });
    assert.deepEqual(cpuTitles(text), [
      'CPU 0: used',
      'CPU 1: isolated, not used',
      'CPU 2: left to the thread that submits',
      'CPU 3: allowed, not used',
      'CPU 4: not allowed',
      'CPU 5: not allowed',
    ]);
    for (const state of ['used', 'isolated', 'host', 'unused'])
      assert.equal(countOf(text, `cpu ${state}`), 1 + 1, state);
    assert.equal(countOf(text, 'cpu denied'), 2 + 1);
    assert.match(text, />not used: kept &lt;free&gt;</);
    assert.doesNotMatch(svg(two), />isolated, not used</);
  });

  it('tells efficiency cores and memory without CPUs', () => {
    const base = machine({ nodes: 2, coresPerNode: 2 }, { cpuKinds: [{ kind: 'efficiency', cpus: [1] }] });
    const nodes = changed(base.nodes, { 1: { cpus: [], usableCpus: [] } });
    const text = svg({ ...base, nodes, onlineCpus: [0, 1] });
    assert.deepEqual(cpuTitles(text), ['CPU 0: used', 'CPU 1: used, of an efficiency core']);
    assert.match(text, /rx="2"><title>CPU 0: .*<\/title>/);
    assert.match(text, /rx="9\.5"><title>CPU 1: .*<\/title>/);
    assert.match(text, />no CPUs</);
    assert.match(text, />efficiency core</);
  });

  it('shades distances, with their numbers where there is room and a key where there is none', () => {
    const small = svg(two);
    assert.match(small, /class="d0"[^>]*><title>node 1 to node 1: 10</);
    assert.match(small, /class="d7"[^>]*><title>node 0 to node 1: 20</);
    assert.equal([...small.matchAll(/class="number/g)].length, 4);
    const large = svg(machine({ nodes: 64, coresPerNode: 4 }));
    checkWellFormed(large);
    assert.equal(countOf(large, 'd7'), 64 * 63 + 1, 'and one in the key');
    assert.doesNotMatch(large, /class="number/);
    assert.doesNotMatch(svg(machine({ nodes: 1, coresPerNode: 4 })), />Distances</);
  });

  it('escapes what the machine says', () => {
    const warnings = [{ code: 'WARN_UNREADABLE', message: '</text><script>"&\'\u0000\u001b' }] as const;
    const text = svg({ ...two, warnings, source: 'single', reason: 'a & b < c' });
    checkWellFormed(text);
    assert.match(text, /WARN_UNREADABLE: &lt;\/text&gt;&lt;script&gt;&quot;&amp;&#39;\uFFFD\uFFFD/);
    assert.match(text, /made up: a &amp; b &lt; c/);
  });

  it('keeps nodes apart and CPUs within them and on the page, whatever the machine', () => {
    const shapes = fc.record({
      nodes: fc.integer({ min: 1, max: 20 }),
      coresPerNode: fc.integer({ min: 1, max: 20 }),
      threads: fc.constantFrom(1, 2, 4, 8),
      coresPerCache: fc.constantFrom(undefined, 1),
    });
    fc.assert(
      fc.property(shapes, ({ coresPerCache, ...shape }) => {
        const topology = machine(coresPerCache === undefined ? shape : { ...shape, coresPerCache });
        const text = svg(topology);
        const all = rectangles(text);
        const nodes = all.filter(({ kind }) => kind === 'node');
        const first = text.indexOf('class="node"');
        const cpus = rectangles(text.slice(text.lastIndexOf('<rect', first))).filter(({ kind }) => kind === 'cpu used');
        assert.equal(cpus.length, topology.onlineCpus.length);
        for (const cpu of cpus) assert.equal(nodes.filter((node) => isWithin(cpu, node)).length, 1);
        assert.ok(nodes.every((a) => nodes.every((b) => a === b || !overlap(a, b))));
        const page = all[0];
        assert.ok(page !== undefined && all.every((rectangle) => isWithin(rectangle, page)));
      }),
      { numRuns: 20 },
    );
  });
});

function isWithin(inner: Rectangle, outer: Rectangle): boolean {
  return inner.x >= outer.x && inner.y >= outer.y && inner.right <= outer.right + 0.2 && inner.bottom <= outer.bottom;
}

function overlap(a: Rectangle, b: Rectangle): boolean {
  return a.x < b.right && b.x < a.right && a.y < b.bottom && b.y < a.bottom;
}
