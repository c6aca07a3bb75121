import { CPU_STATES, type CpuState, type MappedNode } from './cpu-map.ts';
import { type Part, cell, coreBox } from './node-svg.ts';
import { rectangle } from './svg-elements.ts';

/** What a piece of the picture means. */
export interface Sample {
  readonly part: Part;
  readonly words: string;
}

const CACHE_SIZE = { width: 30, height: 19 } as const;

/** A sample of what occurs: each state of a CPU, efficiency cores, cores with several threads, caches. */
export function legendOf(map: readonly MappedNode[]): Sample[] {
  const cpus = map.flatMap((node) => node.cpus);
  const caches = map.flatMap((node) => node.caches);
  const states = (Object.keys(CPU_STATES) as CpuState[]).filter((state) => cpus.some((cpu) => cpu.state === state));
  const round = cpus.find(({ efficiency }) => efficiency);
  const siblings = caches.flatMap(({ cores }) => cores).find(({ length }) => length > 1);
  return [
    ...states.map((state) => ({ part: cell('', state, false), words: CPU_STATES[state].words })),
    ...(round === undefined ? [] : [{ part: cell('', round.state, true), words: 'efficiency core' }]),
    ...(siblings === undefined
      ? []
      : [
          {
            part: coreBox(siblings.slice(0, 2).map(({ state }) => cell('', state, false))),
            words: 'threads of one core',
          },
        ]),
    ...(caches.some(({ cache }) => cache !== null) ? [{ part: cacheSample(), words: 'one last-level cache' }] : []),
  ];
}

function cacheSample(): Part {
  return { ...CACHE_SIZE, draw: (x, y) => [rectangle('cache', { x, y, ...CACHE_SIZE }, 4)] };
}
