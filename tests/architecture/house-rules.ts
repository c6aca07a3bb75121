import { type Sources, withoutComments } from './source-text.ts';

const MOST_LINES = 400;
/** Names that say nothing. */
const EMPTY_NAME = /(?:^|\/)(?:utils?|common|types|constants|helpers?|misc)\.[a-z]+$/;
const DECORATOR = /^@\w+/m;
/** Classes that the runtime of AssemblyScript does not manage parse everywhere. */
const DECORATED_CLASS = /^@(?:unmanaged|final)\s+(?:export\s+)?class\b/gm;
const RAW_ACCESS = /\b(?:load|store)</;
const INSTANCE = /\bWebAssembly\.(?:Instance\b|instantiate|Table\b|Module\.)|'@assemblyscript\/loader'/;

function matching(sources: Sources, breaks: (path: string, text: string) => boolean): string[] {
  return [...sources].filter(([path, text]) => breaks(path, text)).map(([path]) => path);
}

export function findLongFiles(sources: Sources): string[] {
  return matching(sources, (_, text) => text.trimEnd().split('\n').length > MOST_LINES);
}

export function findEmptyNames(sources: Sources): string[] {
  return matching(sources, (path) => EMPTY_NAME.test(path));
}

/** Files that only pass on what others export, below src/index.ts. */
export function findBarrels(sources: Sources): string[] {
  return matching(sources, (path) => /^src\/.+\/index\.ts$/.test(path));
}

/** `atomic.` outside of assembly/sync/. */
export function findStrayAtomics(sources: Sources): string[] {
  return matching(
    sources,
    (path, text) => !path.startsWith('assembly/sync/') && /\batomic\./.test(withoutComments(text)),
  );
}

/** Plain accesses outside of the facade: the explorer would not see them. Specs may look anywhere. */
export function findStrayAccesses(sources: Sources): string[] {
  return matching(
    sources,
    (path, text) => !/^assembly\/(?:sync|__tests__)\//.test(path) && RAW_ACCESS.test(withoutComments(text)),
  );
}

export function findDecorators(sources: Sources): string[] {
  return matching(sources, (_, text) => DECORATOR.test(withoutComments(text).replace(DECORATED_CLASS, '')));
}

/** Instances, their exports and the loader belong to src/wasm. */
export function findStrayInstances(sources: Sources): string[] {
  return matching(sources, (path, text) => !path.startsWith('src/wasm/') && INSTANCE.test(withoutComments(text)));
}
