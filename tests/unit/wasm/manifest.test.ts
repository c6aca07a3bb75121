import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  MANIFEST_SECTION,
  type Manifest,
  parseManifest,
  readManifest,
  withManifest,
} from '../../../src/wasm/manifest.ts';

const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

const kernels = fc.uniqueArray(fc.string({ unit: 'grapheme' }), { maxLength: 40 }).chain((names) =>
  fc.tuple(
    ...names.map((name) =>
      fc.record({
        name: fc.constant(name),
        input: fc.constantFrom('none', 'number', 'bytes', 'any'),
        result: fc.constantFrom('number', 'bytes', 'any'),
      }),
    ),
  ),
);
const manifests: fc.Arbitrary<Manifest> = fc.record({
  tallyio: fc.string(),
  layout: fc.maxSafeNat(),
  checked: fc.boolean(),
  kernels,
});

function written(manifest: Manifest): WebAssembly.Module {
  return new WebAssembly.Module(withManifest(EMPTY_MODULE, manifest));
}

function sectionOf(manifest: Manifest): Uint8Array {
  const [section] = WebAssembly.Module.customSections(written(manifest), MANIFEST_SECTION);
  assert.ok(section !== undefined);
  return new Uint8Array(section);
}

describe('the manifest', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(manifests, (manifest) => {
        const read = readManifest(written(manifest));
        assert.ok(typeof read === 'object');
        assert.deepEqual(JSON.parse(JSON.stringify(read)), JSON.parse(JSON.stringify(manifest)));
      }),
    );
  });

  it('is absent, or damaged when there are two', () => {
    const facts = { tallyio: '', layout: 1, checked: false, kernels: [] };
    assert.equal(readManifest(new WebAssembly.Module(EMPTY_MODULE)), 'absent');
    const twice = withManifest(withManifest(EMPTY_MODULE, facts), facts);
    assert.equal(readManifest(new WebAssembly.Module(twice)), 'damaged');
  });

  it('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.equal(parseManifest(bytes), undefined);
      }),
    );
  });

  it('takes any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        assert.equal(parseManifest(Buffer.from(text)), undefined);
      }),
    );
    assert.equal(parseManifest(Buffer.from('['.repeat(1_000_000))), undefined);
  });

  it('takes one with a byte changed, and gives what it says or nothing', () => {
    fc.assert(
      fc.property(manifests, fc.nat(), fc.integer({ min: 1, max: 255 }), (manifest, at, change) => {
        const bytes = Uint8Array.from(sectionOf(manifest));
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ change;
        const read = parseManifest(bytes);
        if (read === undefined) return;
        assert.deepEqual(Object.keys(read), ['tallyio', 'layout', 'checked', 'kernels']);
        assert.equal(new Set(read.kernels.map(({ name }) => name)).size, read.kernels.length);
      }),
    );
  });

  it('takes one with a property exchanged, and refuses it', () => {
    const square = { name: 'square', input: 'number', result: 'number' };
    const good: object = { format: 1, tallyio: '0.1.0', layout: 7, checked: false, kernels: [square] };
    const parse = (value: unknown): Manifest | undefined => parseManifest(Buffer.from(JSON.stringify(value)));
    assert.ok(parse(good) !== undefined);
    for (const name of Object.keys(good)) {
      for (const other of [null, {}, [null], -0.5, undefined, 'x'.repeat(name === 'tallyio' ? 0 : 1)]) {
        if (name === 'tallyio' && other === '') continue;
        assert.equal(parse({ ...good, [name]: other }), undefined, `${name}: ${JSON.stringify(other)}`);
      }
    }
    for (const name of Object.keys(square)) {
      assert.equal(parse({ ...good, kernels: [{ ...square, [name]: 7 }] }), undefined, name);
    }
    assert.equal(parse({ ...good, kernels: [square, square] }), undefined);
  });
});
