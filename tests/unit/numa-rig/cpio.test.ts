import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type ArchiveEntry, cpioArchive } from '../../numa/rig/cpio.ts';

interface Read {
  readonly path: string;
  readonly mode: number;
  readonly content: string;
  readonly inode: number;
}

const HEADER_BYTES = 110;

/** Reads an archive as Documentation/driver-api/early-userspace/buffer-format.rst of the kernel has it. */
function read(archive: Buffer): Read[] {
  const entries: Read[] = [];
  let at = 0;
  const aligned = (offset: number): number => (offset + 3) & ~3;
  for (;;) {
    assert.equal(archive.toString('latin1', at, at + 6), '070701');
    const field = (n: number): number =>
      Number.parseInt(archive.toString('latin1', at + 6 + 8 * n, at + 14 + 8 * n), 16);
    const nameEnd = at + HEADER_BYTES + field(11);
    assert.equal(archive[nameEnd - 1], 0);
    const path = archive.toString('utf8', at + HEADER_BYTES, nameEnd - 1);
    const content = aligned(nameEnd);
    const end = content + field(6);
    if (path === 'TRAILER!!!') {
      assert.equal(end, archive.length);
      return entries;
    }
    entries.push({ path, mode: field(1), content: archive.toString('latin1', content, end), inode: field(0) });
    at = aligned(end);
  }
}

const path = fc.stringMatching(/^[a-z]{1,9}(?:\/[a-z0-9.]{1,9}){0,3}$/);
const entry: fc.Arbitrary<ArchiveEntry> = fc.oneof(
  fc.record({ path, kind: fc.constant('folder' as const) }),
  fc.record({ path, kind: fc.constant('link' as const), target: path }),
  fc.record({
    path,
    kind: fc.constant('file' as const),
    data: fc.uint8Array({ maxLength: 99 }),
    executable: fc.boolean(),
  }),
);

function expected(one: ArchiveEntry): { path: string; mode: number; content: string } {
  if (one.kind === 'folder') return { path: one.path, mode: 0o040755, content: '' };
  if (one.kind === 'link') return { path: one.path, mode: 0o120777, content: one.target };
  const mode = one.executable === true ? 0o100755 : 0o100644;
  return { path: one.path, mode, content: Buffer.from(one.data).toString('latin1') };
}

describe('cpioArchive', () => {
  it('has every entry, in order, with its mode and content', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 9 }), (entries) => {
        const found = read(cpioArchive(entries));
        assert.deepEqual(
          found.map(({ path, mode, content }) => ({ path, mode, content })),
          entries.map(expected),
        );
      }),
    );
  });

  it('gives each entry an inode of its own: the kernel takes those of one inode for one file', () => {
    const files = ['a', 'b', 'c'].map((path) => ({ path, kind: 'file', data: Buffer.from(path) }) as const);
    assert.equal(new Set(read(cpioArchive(files)).map(({ inode }) => inode)).size, 3);
  });
});
