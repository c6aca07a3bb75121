// node scripts/consumer.mjs [COMMAND …]: packs the library, installs it in an empty folder as a user would and runs the README's
// example there: as ES modules by each command (default: this Node; 'npx -y node@22', 'npx -y bun'), by require(), as TypeScript; then
// all kernels of docs/kernels.md, built as it says.
import assert from 'node:assert/strict';
import { execSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PRINTS = '0\n3\n1.5 2,4,6\n';

const tasks = fromPage('README.md', 'tasks.js');
const main = fromPage('README.md', 'main.js');

/** What docs/kernels.md builds, and what it prints. */
const KERNELS = [
  { source: 'kernels.ts', main: 'main.js', prints: '144\n' },
  { source: 'tree.ts', main: 'tree.js', prints: '6765 14.392727\n' },
  { source: 'sort.ts', main: 'sort.js', prints: 'true true\n' },
];

const REQUIRING = `const { createEngine } = require('tallyio');
createEngine({ tasks: require('node:path').resolve('tasks.js') }).then(async (engine) => {
  console.log(await engine.run('price', { spot: 103, strike: 100 }));
  await engine.close();
});
`;

const TYPED_TASKS = `export function price({ spot, strike }: { spot: number; strike: number }): number {
  return Math.max(spot - strike, 0);
}
export async function slowly(x: number): Promise<number> {
  return x * 2;
}
`;

const TYPED_KERNELS = `import { createEngine } from 'tallyio';
import type { Kernels } from './kernels.js';
const engine = await createEngine<typeof import('./tasks.js') & Kernels>({ kernels: '/kernels.wasm', tasks: '/tasks.js' });
const squared: number = await engine.run('square', 12);
const priced: number = await engine.run('price', { spot: squared, strike: 100 });
// @ts-expect-error a number is expected
await engine.run('square', 'twelve');
console.log(priced);
`;

const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023'], // no DOM
    module: 'nodenext',
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    rootDir: 'typed',
    outDir: 'compiled',
  },
  include: ['typed'],
};

/** The block of a page that begins with `// NAME`. */
function fromPage(page, name) {
  const block = readFileSync(page, 'utf8').match(new RegExp(`^\`\`\`[jt]s\n(// ${name}\n[^]*?)^\`\`\``, 'm'));
  assert.ok(block, `expected a block of ${name} in ${page}`);
  return block[1];
}

const commands = process.argv.length > 2 ? process.argv.slice(2) : [JSON.stringify(process.execPath)];
const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'tallyio-consumer-'));

function run(command, expected) {
  const printed = execSync(command, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (expected === undefined) return;
  assert.equal(printed, expected, command);
  process.stdout.write(`${command}: ok\n`);
}

function write(files) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

try {
  const packed = execSync(`npm pack --silent --ignore-scripts --pack-destination ${folder}`, { encoding: 'utf8' });
  write({ 'package.json': '{ "type": "module", "private": true }' });
  const tools = ['typescript', '@types/node'].map((name) => `${name}@${devDependencies[name]}`).join(' ');
  run(`npm install --silent --no-audit --no-fund ./${packed.trim()} ${tools}`);

  write({ 'tasks.js': tasks, 'main.js': main, 'main.cjs': REQUIRING });
  for (const command of commands) {
    run(`${command} main.js`, PRINTS);
    run(`${command} main.cjs`, '3\n');
  }

  mkdirSync(join(folder, 'typed'));
  const typed = main.replace('createEngine(', "createEngine<typeof import('./tasks.js')>(");
  write({ 'typed/tasks.ts': TYPED_TASKS, 'typed/main.ts': typed, 'tsconfig.json': JSON.stringify(TSCONFIG) });
  run('npx tsc -p .');
  run(`${JSON.stringify(process.execPath)} compiled/main.js`, PRINTS);

  mkdirSync(join(folder, 'built'));
  for (const { source, main } of KERNELS) {
    for (const name of [source, main]) write({ [`built/${name}`]: fromPage('docs/kernels.md', name) });
  }
  const build = (source) =>
    `npx tallyio build built/${source} -o built/${source.replace('.ts', '.wasm')} --types typed/${source}`;
  const missing = spawnSync(build('kernels.ts'), { cwd: folder, encoding: 'utf8', shell: true });
  assert.deepEqual([missing.status, missing.stdout], [2, ''], missing.stderr);
  assert.match(
    missing.stderr,
    /^tallyio build: expected AssemblyScript .*: npm install --save-dev assemblyscript@\S+\n$/,
  );
  run(`npm install --silent --no-audit --no-fund --save-dev ${missing.stderr.trim().split(' ').at(-1)}`);
  for (const { source, main, prints } of KERNELS) {
    run(build(source), '');
    for (const command of commands) run(`${command} built/${main}`, prints);
  }
  write({ 'typed/kernel-main.ts': TYPED_KERNELS });
  run('npx tsc -p .');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
