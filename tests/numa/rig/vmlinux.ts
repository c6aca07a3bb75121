import { spawnSync } from 'node:child_process';

const XZ_MAGIC = Buffer.from('fd377a585a00', 'hex');
const ELF_MAGIC = Buffer.from('7f454c46', 'hex');
const MOST_BYTES = 512 << 20;

/**
 * The kernel within a `vmlinuz`, uncompressed. QEMU starts that directly; unpacking it in the guest takes longer than the rest of
 * the boot.
 */
export function uncompressedKernel(vmlinuz: Buffer): Buffer {
  for (let at = vmlinuz.indexOf(XZ_MAGIC); at >= 0; at = vmlinuz.indexOf(XZ_MAGIC, at + 1)) {
    const kernel = unxz(vmlinuz.subarray(at));
    if (kernel?.subarray(0, ELF_MAGIC.length).equals(ELF_MAGIC) === true) return kernel;
  }
  throw new Error('expected a kernel that is compressed by xz, found none in vmlinuz');
}

/** The first stream in these bytes, whatever follows it; undefined when there is none. */
export function unxz(input: Buffer): Buffer | undefined {
  const { status, stdout } = spawnSync('xz', ['-dc', '--single-stream'], { input, maxBuffer: MOST_BYTES });
  return status === 0 ? stdout : undefined;
}
