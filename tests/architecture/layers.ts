import { type Sources, relativeImports } from './source-text.ts';

/** Folders of a source tree, lowest first: a file may import its own layer and those before it. */
export interface LayeredTree {
  readonly root: string;
  readonly layers: readonly string[];
  /** Folders outside of the tree that every layer may import. */
  readonly foundations: readonly string[];
}

export const HOST: LayeredTree = {
  root: 'src',
  layers: [
    'abi',
    'base',
    'topology',
    'affinity',
    'numa',
    'codec',
    'wasm',
    'client',
    'worker',
    'virtual',
    'scheduler',
    'node-process',
    'engine',
    'monitor',
    'index',
    'kernel-build',
    'cli',
  ],
  foundations: [],
};

export const ENGINE_ROOM: LayeredTree = {
  root: 'assembly',
  layers: [
    'sync',
    'memory',
    'queue',
    'worker',
    'kernel',
    'abi',
    'engine',
    'index',
    'probe-script',
    'probe',
    'stress',
    '__tests__',
  ],
  foundations: ['src/abi/'],
};

// `src/wasm/engine.ts` is of layer wasm, `src/index.ts` of layer index.
function layerOf(tree: LayeredTree, path: string): number {
  const name = path.slice(tree.root.length + 1).split('/')[0] ?? '';
  return tree.layers.indexOf(name.replace(/\.ts$/, ''));
}

/** @returns a line for each file outside of all layers and each import that does not go down */
export function findBackEdges(tree: LayeredTree, sources: Sources): string[] {
  const found: string[] = [];
  for (const [path, text] of sources) {
    const own = layerOf(tree, path);
    if (own < 0) found.push(`${path} is in no layer`);
    for (const target of relativeImports(path, text)) {
      if (tree.foundations.some((folder) => target.startsWith(folder))) continue;
      if (!target.startsWith(`${tree.root}/`)) found.push(`${path} imports ${target}, outside of ${tree.root}/`);
      else if (layerOf(tree, target) > own) found.push(`${path} imports ${target}, of a higher layer`);
    }
  }
  return found;
}

/** @returns the files of each cycle of imports that was met, as `a → b → a` */
export function findCycles(sources: Sources): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
    const text = sources.get(path);
    if (done.has(path) || text === undefined) return;
    done.add(path);
    for (const target of relativeImports(path, text)) visit(target, [...trail, path]);
  };
  for (const path of sources.keys()) visit(path, []);
  return found;
}
