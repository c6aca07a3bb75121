// What threads and processes begin with, as files of CommonJS beside the modules they are made of: docs/adr/0008-worker-entry.md.
// All else ships as tsc wrote it.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from '@rollup/wasm-node';

const SOURCE = resolve('build/src');
const LOADER = fileURLToPath(import.meta.resolve('@assemblyscript/loader'));
const { version, license } = JSON.parse(readFileSync(resolve(dirname(LOADER), 'package.json'), 'utf8'));
const LOADER_NOTICE = `/*! Contains @assemblyscript/loader ${version}, by Daniel Wirtz and contributors, ${license}: LICENSE of this package. */`;

// To resolve the loader takes every thread 5 ms.
const withLoader = {
  name: 'loader',
  resolveId: (id) => (id === '@assemblyscript/loader' ? LOADER : null),
};

const withSourceMaps = {
  name: 'source-maps',
  load(id) {
    const map = `${id}.map`;
    return existsSync(map) ? { code: readFileSync(id, 'utf8'), map: readFileSync(map, 'utf8') } : null;
  },
};

// A module of a bundle finds the files beside it where it would stand by itself.
function withOwnUrls(folder) {
  return {
    name: 'own-urls',
    resolveImportMeta(property, { moduleId }) {
      const path = JSON.stringify(`/${relative(resolve(SOURCE, folder), moduleId).replaceAll('\\', '/')}`);
      return property === 'url' ? `require('node:url').pathToFileURL(__dirname + ${path}).href` : null;
    },
  };
}

/** @param others modules that stay outside, as regular expression. @param output of rollup, beside what all have in common */
async function bundle(folder, name, others, output) {
  const made = await rollup({
    input: `${SOURCE}/${folder}/${name}.js`,
    external: (id) => /^(?:node:|systeminformation$)/.test(id) || others.test(id),
    plugins: [withLoader, withSourceMaps, withOwnUrls(folder)],
    onwarn(warning, warn) {
      // tsc's helper for import(url) looks for `this`, which a module does not have.
      if (warning.code !== 'THIS_IS_UNDEFINED') warn(warning);
    },
  });
  // What ships has no source maps, what tests run has.
  for (const [root, sourcemap] of [
    ['dist', false],
    ['build/src', true],
  ]) {
    await made.write({
      dir: `${root}/${folder}`,
      format: 'cjs',
      entryFileNames: '[name].cjs',
      chunkFileNames: 'entry-[name].cjs',
      banner: ({ moduleIds }) => (moduleIds.includes(LOADER) ? LOADER_NOTICE : ''),
      sourcemap,
      sourcemapExcludeSources: true,
      ...output,
    });
  }
  await made.close();
}

/** Bundles what tsc has written into build/src, into dist and build/src. */
export async function bundleEntries() {
  await bundle('worker', 'entry', /\/handler-thread\.js$/, {
    dynamicImportInCjs: false,
    paths: (id) => (id.endsWith('/handler-thread.js') ? './handler-thread.cjs' : id),
    // What the chunks share is not in the entry itself: under --import some runtimes would run it a second time.
    manualChunks: (id) => (id === LOADER || /\/src\/(?:abi|base|wasm)\//.test(id) ? 'engine' : undefined),
  });
  await bundle('worker', 'handler-thread', /^$/, { inlineDynamicImports: true });
  // Deterministic engines are never in a node process.
  await bundle('node-process', 'entry', /\/virtual-crew\.js$/, {
    paths: (id) => (id.endsWith('/virtual-crew.js') ? '../scheduler/virtual-crew.js' : id),
  });
}
