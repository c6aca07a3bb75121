/** Shapes of the objects that a thread writes: each sequence of keys is encoded once and copied from then on. */
import { encodeKeys, type KeyBlock } from './key-block.ts';

/** Nodes of a trie, about 100 bytes each. Objects with ever new keys empty it, and it learns again. A guess. */
const MAXIMUM_NODES = 4096;

/** A sequence of keys, as a node of the trie. */
export class ShapeNode {
  readonly #trie: ShapeTrie;
  readonly #parent: ShapeNode | undefined;
  readonly #key: string;
  /** The child that came last: nearly always the only one. */
  #last: ShapeNode | undefined;
  #children: Map<string, ShapeNode> | undefined;
  #block: KeyBlock | undefined;

  constructor(trie: ShapeTrie, parent: ShapeNode | undefined, key: string) {
    this.#trie = trie;
    this.#parent = parent;
    this.#key = key;
  }

  /** The sequence with one more key. */
  with(key: string): ShapeNode {
    const last = this.#last;
    return last !== undefined && last.#key === key ? last : this.#turnTo(key);
  }

  /** The keys, encoded; undefined if one of them has no place in a tree. */
  block(): KeyBlock | undefined {
    return (this.#block ??= encodeKeys(this.#keys()));
  }

  #keys(): string[] {
    return this.#parent === undefined ? [] : [...this.#parent.#keys(), this.#key];
  }

  #turnTo(key: string): ShapeNode {
    const children = (this.#children ??= new Map<string, ShapeNode>());
    let child = children.get(key);
    if (child === undefined) {
      child = new ShapeNode(this.#trie, this, key);
      children.set(key, child);
      this.#trie.grow();
    }
    this.#last = child;
    return child;
  }
}

/** The shapes that a writer has met. */
export class ShapeTrie {
  /** No keys yet. */
  root = new ShapeNode(this, undefined, '');
  #nodes = 0;

  /** A node was made. */
  grow(): void {
    this.#nodes += 1;
    if (this.#nodes < MAXIMUM_NODES) return;
    this.root = new ShapeNode(this, undefined, '');
    this.#nodes = 0;
  }
}
