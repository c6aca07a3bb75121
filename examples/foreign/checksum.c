// clang --target=wasm32 -O2 -nostdlib -Wl,--no-entry,--stack-first,--strip-all -o checksum.wasm checksum.c

extern unsigned char __heap_base; // where free memory begins

// Room for an input: the same block for each task, as large as the largest input so far. 0: there is none.
__attribute__((export_name("alloc"))) unsigned char *alloc(int length) {
  unsigned long needed = ((unsigned long)&__heap_base + length + 65535) / 65536, pages = __builtin_wasm_memory_size(0);
  if (needed > pages && __builtin_wasm_memory_grow(0, needed - pages) == (unsigned long)-1) return 0;
  return &__heap_base;
}

// CRC-32 of the input, written over its beginning: 4 bytes, little endian. Inputs of fewer bytes have no room for it.
__attribute__((export_name("crc32"))) int crc32(unsigned char *bytes, int length) {
  if (length < 4) return -1;
  unsigned crc = ~0u;
  for (int i = 0; i < length; ++i) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  crc = ~crc;
  for (int i = 0; i < 4; ++i) bytes[i] = crc >> 8 * i;
  return 4;
}
