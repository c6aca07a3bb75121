// Tasks with a memory of their own, for tests: what foreign code does well, and every way that it can go wrong.
// clang --target=wasm32 -O2 -nostdlib -Wl,--no-entry,--stack-first,--strip-all -o tasks.wasm tasks.c

#define TASK(name) __attribute__((export_name(#name))) int task_##name(unsigned char *bytes, int length)
#define PAGE 65536u

extern unsigned char __heap_base;

static int runs;
static int gives_next;
static int next;

static double number(unsigned char *bytes) { return *(double *)bytes; }

static int give(unsigned char *bytes, double result) {
  *(double *)bytes = result;
  return 8;
}

// One block, the same for each task; 0 when memory does not grow as far.
static unsigned char *room(unsigned long length) {
  unsigned long end = (unsigned long)&__heap_base + length;
  unsigned long pages = (end + PAGE - 1) / PAGE, has = __builtin_wasm_memory_size(0);
  if (pages > has && __builtin_wasm_memory_grow(0, pages - has) == (unsigned long)-1) return 0;
  return &__heap_base;
}

__attribute__((export_name("alloc"))) unsigned char *alloc(int length) {
  return gives_next ? (unsigned char *)next : room(length < 1024 ? 1024 : length);
}

TASK(same) { return length; }

TASK(reverse) {
  for (int i = 0; i < length / 2; ++i) {
    unsigned char first = bytes[i];
    bytes[i] = bytes[length - 1 - i];
    bytes[length - 1 - i] = first;
  }
  return length;
}

TASK(half) { return give(bytes, number(bytes) / 2); }

TASK(length) { return give(bytes, length); }

// How many tasks of this kind this instance has run.
TASK(calls) { return give(bytes, ++runs); }

TASK(pages) { return give(bytes, __builtin_wasm_memory_size(0)); }

// A result of as many bytes as the number says.
TASK(fill) {
  int result = (int)number(bytes);
  if (!room(result)) return -1;
  for (int i = 0; i < result; ++i) bytes[i] = i;
  return result;
}

TASK(fails) { return (int)number(bytes); }

TASK(traps) { __builtin_trap(); }

TASK(divides) { return 100 / (int)number(bytes); }

TASK(outOfBounds) { return *(volatile int *)0xfffffff0; }

// Its locals are in memory, and its frames grow down to address 0.
__attribute__((noinline, optnone)) static int descend(int depth) { return depth < 0 ? 0 : descend(depth + 1) + 1; }

TASK(overflowsOwnStack) { return descend(0); }

// Its frames are on the stack of the thread alone.
__attribute__((noinline)) static int recurse(int depth) {
  int result = depth < 0 ? 0 : recurse(depth + 1);
  __asm__ volatile("" : "+r"(result));
  return result + 1;
}

TASK(overflowsStack) { return recurse(0); }

TASK(loops) {
  for (volatile int i = 0;; ++i);
  return 0;
}

// Grows by so many pages, and traps when it may not.
TASK(grows) {
  if (__builtin_wasm_memory_grow(0, (int)number(bytes)) == (unsigned long)-1) __builtin_trap();
  return give(bytes, __builtin_wasm_memory_size(0));
}

// What it returns is how long its result is said to be.
TASK(tooLong) { return 0x7fffffff; }

// What alloc gives from now on.
TASK(spoilsAlloc) {
  gives_next = 1;
  next = (int)number(bytes);
  return 0;
}

// What is in reach of it, from its first byte: nothing but its own memory.
TASK(looksFor) {
  unsigned char *end = (unsigned char *)(__builtin_wasm_memory_size(0) * PAGE);
  int found = 0;
  for (unsigned char *at = 0; at + length <= end; ++at) {
    int same = 0;
    while (same < length && at[same] == bytes[same]) ++same;
    found += same == length;
  }
  return give(bytes, found);
}
