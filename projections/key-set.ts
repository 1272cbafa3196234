import { hash } from 'node:crypto';

const WORDS = 3;
/** The low bits of the last word hold the tag; a slot with none is empty. */
const TAG_BITS = 7;
const FIRST_SLOTS = 2 ** 12;

/**
 * Very many keys in 12 bytes each, by 93 bits of their SHA-256, each with a tag from 1 to 7. Once it has `most` keys it
 * takes in no more and is full: then it cannot tell any longer what it does not know.
 */
export class KeySet {
  private words = new Uint32Array(WORDS * FIRST_SLOTS);
  size = 0;

  constructor(private readonly most: number) {}

  get isFull(): boolean {
    return this.size >= this.most;
  }

  /** False: it was there already, and keeps its tag. */
  add(key: string, tag: number): boolean {
    if (this.isFull) return true;
    // Two of three slots at most are taken: the next empty one is near.
    if (3 * this.size * WORDS >= 2 * this.words.length) this.grow();
    const words = wordsOf(key);
    const slot = this.slotOf(words);
    if (this.words[slot + 2] !== 0) return false;
    const [first, second, third] = words;
    this.put(slot, first, second, third | tag);
    this.size += 1;
    return true;
  }

  /** Null: it is not there. */
  tagOf(key: string): number | null {
    const tag = this.words[this.slotOf(wordsOf(key)) + 2]! & TAG_BITS;
    return tag === 0 ? null : tag;
  }

  /** Where the key is, or the empty slot that it would get. */
  private slotOf([first, second, third]: Words): number {
    const { words } = this;
    for (let slot = (first % (words.length / WORDS)) * WORDS; ; slot = (slot + WORDS) % words.length) {
      const last = words[slot + 2]!;
      if (last === 0) return slot;
      if (words[slot] === first && words[slot + 1] === second && (last & ~TAG_BITS) >>> 0 === third) return slot;
    }
  }

  private put(slot: number, first: number, second: number, last: number): void {
    this.words[slot] = first;
    this.words[slot + 1] = second;
    this.words[slot + 2] = last;
  }

  private grow(): void {
    const old = this.words;
    this.words = new Uint32Array(2 * old.length);
    for (let at = 0; at < old.length; at += WORDS) {
      const [first, second, last] = [old[at]!, old[at + 1]!, old[at + 2]!];
      if (last !== 0) this.put(this.slotOf([first, second, (last & ~TAG_BITS) >>> 0]), first, second, last);
    }
  }
}

type Words = readonly [number, number, number];

function wordsOf(key: string): Words {
  const digest = hash('sha256', key, 'buffer');
  return [digest.readUInt32BE(0), digest.readUInt32BE(4), (digest.readUInt32BE(8) & ~TAG_BITS) >>> 0];
}
