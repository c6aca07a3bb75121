// node examples/foreign/main.mjs FILE…: checksums of files, by a task written in C (checksum.c). `npm run build` comes first.
import { readFile } from 'node:fs/promises';
import { createEngine } from 'tallyio';

const files = process.argv.slice(2);
const engine = await createEngine({ kernels: new URL('./checksum.wasm', import.meta.url) });
try {
  const results = engine.map('crc32', readAll(files));
  for (const file of files) {
    const { value: bytes } = await results.next();
    const crc = new DataView(bytes.buffer).getUint32(0, true);
    console.log(`${crc.toString(16).padStart(8, '0')}  ${file}`);
  }
} finally {
  await engine.close();
}

async function* readAll(paths) {
  for (const path of paths) yield await readFile(path);
}
