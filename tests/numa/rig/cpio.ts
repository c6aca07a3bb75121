/** Something in an archive. Paths are relative, folders come before what is in them. */
export type ArchiveEntry =
  | { readonly path: string; readonly kind: 'folder' }
  | { readonly path: string; readonly kind: 'file'; readonly data: Uint8Array; readonly executable?: boolean }
  | { readonly path: string; readonly kind: 'link'; readonly target: string };

const MAGIC = '070701';
const ALIGNMENT = 4;
const TRAILER = 'TRAILER!!!';

/** An archive as the kernel unpacks it into its first file system: cpio, format `newc`. Everything belongs to root. */
export function cpioArchive(entries: readonly ArchiveEntry[]): Buffer {
  const parts = entries.flatMap((entry, n) => record(entry.path, modeOf(entry), contentOf(entry), n + 1));
  return Buffer.concat([...parts, ...record(TRAILER, 0, Buffer.alloc(0), 0)]);
}

function modeOf(entry: ArchiveEntry): number {
  if (entry.kind === 'folder') return 0o040755;
  if (entry.kind === 'link') return 0o120777;
  return entry.executable === true ? 0o100755 : 0o100644;
}

function contentOf(entry: ArchiveEntry): Uint8Array {
  if (entry.kind === 'file') return entry.data;
  return Buffer.from(entry.kind === 'link' ? entry.target : '');
}

function record(path: string, mode: number, content: Uint8Array, inode: number): Uint8Array[] {
  const name = Buffer.from(`${path}\0`);
  const links = 1;
  const owners = [0, 0];
  const devices = [0, 0, 0, 0];
  const fields = [inode, mode, ...owners, links, 0, content.length, ...devices, name.length, 0];
  const header = MAGIC + fields.map((field) => field.toString(16).padStart(8, '0')).join('');
  return [padded(Buffer.concat([Buffer.from(header), name])), padded(content)];
}

function padded(bytes: Uint8Array): Uint8Array {
  const rest = bytes.length % ALIGNMENT;
  return rest === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(ALIGNMENT - rest)]);
}
