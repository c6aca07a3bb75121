import * as codes from '../../src/abi/codes.ts';
import * as layout from '../../src/abi/layout.ts';

/** What became of every slot and every block, at a moment when no thread moves any. */
export interface Audit {
  /** Slots that are not free. */
  readonly live: number;
  /** Free slots that no list has. */
  readonly lostSlots: number;
  /** Bytes of payload blocks in use, by the counters. */
  readonly usedBytes: number;
  /** Pages that belong to a payload of more than a page. */
  readonly takenPages: number;
  /** Blocks of cut pages that no list has. */
  readonly looseBlocks: number;
  /** Nodes that are in two places; never allowed. */
  readonly doubles: number;
}

const CLEAN: Audit = { live: 0, lostSlots: 0, usedBytes: 0, takenPages: 0, looseBlocks: 0, doubles: 0 };

/** Nothing is in use, nothing is lost. */
export function isClean(audit: Audit): boolean {
  return (Object.keys(CLEAN) as (keyof Audit)[]).every((key) => audit[key] === CLEAN[key]);
}

/** Looks at the shared memory of a scheduler. */
export function auditMemory(buffer: ArrayBufferLike): Audit {
  return new Auditor(buffer).audit();
}

class Auditor {
  private readonly i32: Int32Array;
  private readonly f64: Float64Array;
  private readonly seen = new Set<number>();
  private doubles = 0;

  constructor(buffer: ArrayBufferLike) {
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }

  audit(): Audit {
    for (let sizeClass = 0; sizeClass < layout.CLASSES; ++sizeClass) this.seeClass(sizeClass);
    const { live, lostSlots } = this.slots();
    const { takenPages, looseBlocks } = this.pages();
    return { live, lostSlots, usedBytes: this.usedBytes(), takenPages, looseBlocks, doubles: this.doubles };
  }

  private word(address: number): number {
    return this.i32[address >>> 2] ?? 0;
  }

  private get submitters(): readonly number[] {
    const blocks = this.word(layout.HEADER_SUBMITTER_BLOCKS);
    return Array.from(
      { length: this.word(layout.HEADER_SUBMITTERS) },
      (_, index) => blocks + index * layout.SUBMITTER_BYTES,
    );
  }

  private seeChain(first: number): void {
    for (let node = first >>> 0; node !== 0; node = this.word(node + layout.LINK_NEXT) >>> 0) {
      if (this.seen.has(node)) {
        this.doubles += 1;
        return;
      }
      this.seen.add(node);
    }
  }

  private seeClass(sizeClass: number): void {
    const depot = layout.DEPOTS + sizeClass * layout.LINE;
    for (let magazine = this.word(depot) >>> 0; magazine !== 0;) {
      const next = this.word(magazine + layout.LINK_MAGAZINE) >>> 0;
      const before = this.doubles;
      this.seeChain(magazine);
      if (this.doubles > before) return;
      magazine = next;
    }
    for (const block of this.submitters) {
      const cache = block + layout.SUBMITTER_CACHES + sizeClass * layout.CACHE_BYTES;
      this.seeChain(this.word(cache));
      this.seeChain(this.word(cache + 8));
    }
  }

  private slots(): { live: number; lostSlots: number } {
    const slab = this.word(layout.HEADER_SLAB);
    const capacity = this.word(layout.HEADER_CAPACITY);
    const used = Math.min(capacity, this.word(layout.SLAB_FRESH));
    const spare = this.word(layout.HEADER_WORKERS) + this.word(layout.HEADER_SUBMITTERS);
    let live = 0;
    let lostSlots = 0;
    for (let index = 0; index < capacity + spare; ++index) {
      const slot = slab + index * layout.SLOT_BYTES;
      const status = this.word(slot + layout.SLOT_STATE) & 0xff;
      const listed = this.seen.has(slot + layout.SLOT_LINKS);
      if (status !== codes.FREE) {
        // What a worker ran inline last stays in its slot, without a payload.
        const inline = index >= capacity && index < capacity + this.word(layout.HEADER_WORKERS);
        if (!inline || this.word(slot + layout.SLOT_LENGTH) !== 0) live += 1;
        if (listed) this.doubles += 1;
      } else if (index < used && !listed) lostSlots += 1;
    }
    return { live, lostSlots };
  }

  private pages(): { takenPages: number; looseBlocks: number } {
    const map = this.word(layout.HEADER_PAGE_MAP);
    const pool = this.word(layout.HEADER_POOL) >>> 0;
    let takenPages = 0;
    let looseBlocks = 0;
    for (let page = 0; page < this.word(layout.HEADER_POOL_PAGES); ++page) {
      const low = this.word(map + page * layout.PAGE_WORD_BYTES);
      const high = this.word(map + page * layout.PAGE_WORD_BYTES + 4);
      const kind = low & 0xff;
      if (kind === 0xff) takenPages += 1;
      if (kind === 0 || kind > layout.POOL_CLASSES) continue;
      const begin = pool + page * layout.PAGE_BYTES;
      if (low >>> 16 !== 0) this.seeChain(begin + high);
      const bytes = bytesOfClass(kind);
      for (let block = 0; block < Math.floor(layout.PAGE_BYTES / bytes); ++block) {
        if (!this.seen.has((begin + block * bytes) >>> 0)) looseBlocks += 1;
      }
    }
    return { takenPages, looseBlocks };
  }

  private usedBytes(): number {
    let used = 0;
    for (const block of this.submitters) {
      used += this.f64[(block + layout.SUBMITTER_ALLOCATED) / 8] ?? 0;
      used -= this.f64[(block + layout.SUBMITTER_FREED) / 8] ?? 0;
    }
    return used;
  }
}

function bytesOfClass(sizeClass: number): number {
  const whole = 2 ** (layout.MIN_BLOCK_SHIFT + ((sizeClass - 1) >> 1));
  return ((sizeClass - 1) & 1) === 1 ? whole * 1.5 : whole;
}
