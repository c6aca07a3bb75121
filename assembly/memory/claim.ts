/**
 * Claim: how a run of pages is taken. It is announced in the submitter's claim word and marks page after page with a
 * reference to that; whoever meets a mark carries the claim to its end before he looks on. So no thread ever waits for
 * another, and of two that cross one wins, whoever of them sleeps or dies. docs/protocols/pool.md
 *
 * Claim word, i64: sequence (29) | pages (17) | first page (16) | state (2).
 */
import { PAGE_GIVES, SUBMITTER_CLAIM } from '../../src/abi/layout';
import { add32, cas64, load64, loadOwned64, store64 } from '../sync/atomics';
import { UNCOUNTED, holdBlock } from './hand';
import { FREE_PAGE, TAKEN_PAGE, addressOf, claimed, isClaimed, isWhole, submitterOf, wordOf } from './page';
import { self, submitterBlock, submitterBlockOf } from './region';

const STATE_MASK: i64 = 3;
const PENDING: i64 = 1;
const WON: i64 = 2;
const LOST: i64 = 3;
const FIRST_SHIFT: i64 = 2;
const FIRST_MASK: i64 = 0xffff;
const PAGES_SHIFT: i64 = 18;
const PAGES_MASK: i64 = 0x1_ffff;
const SEQUENCE_SHIFT: i64 = 35;
const ONE_SEQUENCE: i64 = 0x8_0000_0000;

function firstOf(claim: i64): i32 {
  return ((claim >> FIRST_SHIFT) & FIRST_MASK) as i32;
}

function pagesOf(claim: i64): i32 {
  return ((claim >> PAGES_SHIFT) & PAGES_MASK) as i32;
}

function withState(claim: i64, state: i64): i64 {
  return (claim & ~STATE_MASK) | state;
}

/** What a claim marks its pages with. */
function referenceTo(submitter: i32, claim: i64): i64 {
  return claimed(submitter, (claim >>> SEQUENCE_SHIFT) as i32);
}

/** The submitter's next claim, pending. */
function nextClaim(last: i64, first: i32, pages: i32): i64 {
  const sequence = ((last >>> SEQUENCE_SHIFT) << SEQUENCE_SHIFT) + ONE_SEQUENCE;
  return sequence | ((pages as i64) << PAGES_SHIFT) | ((first as i64) << FIRST_SHIFT) | PENDING;
}

// Anyone: marks the pages that are not marked yet, then decides.
function carry(submitter: i32, claim: i64): void {
  const claimWord = submitterBlockOf(submitter) + SUBMITTER_CLAIM;
  const reference = referenceTo(submitter, claim);
  const end = firstOf(claim) + pagesOf(claim);
  for (let page = firstOf(claim); page < end; ++page) {
    while (true) {
      if (load64(claimWord) != claim) return; // somebody was faster
      const word = load64(wordOf(page));
      if (word == reference) break;
      if (!isOpen(word)) {
        cas64(claimWord, claim, withState(claim, LOST));
        return;
      }
      if (cas64(wordOf(page), word, reference)) break;
    }
  }
  cas64(claimWord, claim, withState(claim, WON));
}

// Whether the claim that a page is marked for holds it. A mark whose claim is over was set by a late helper.
function isHeld(reference: i64): bool {
  const submitter = submitterOf(reference);
  const claimWord = submitterBlockOf(submitter) + SUBMITTER_CLAIM;
  let claim = load64(claimWord);
  if (reference != referenceTo(submitter, claim)) return false;
  if ((claim & STATE_MASK) == PENDING) {
    carry(submitter, claim);
    claim = load64(claimWord);
  }
  return (claim & STATE_MASK) == WON && reference == referenceTo(submitter, claim);
}

/** Whether a page with this word can be taken by a CAS of the word. */
export function isOpen(word: i64): bool {
  return isClaimed(word) ? !isHeld(word) : isWhole(word);
}

/** Gives up what a thread that is gone had claimed and not come to use. */
export function dropClaimOf(lost: i32): void {
  const claimWord = submitterBlockOf(lost) + SUBMITTER_CLAIM;
  const claim = load64(claimWord);
  if ((claim & STATE_MASK) == WON) {
    // Its pages are marked or taken, and nobody else may change that while it stands: those that are marked open with it.
    for (let page = firstOf(claim); page < firstOf(claim) + pagesOf(claim); ++page) store64(wordOf(page), FREE_PAGE);
  }
  store64(claimWord, withState(claim, 0)); // who carries it finds it changed, before or at its CAS
  add32(PAGE_GIVES, 1);
}

/** @returns whether the pages are the caller's now, in its hand */
export function claimRun(first: i32, pages: i32): bool {
  const claimWord = submitterBlock + SUBMITTER_CLAIM;
  const claim = nextClaim(loadOwned64(claimWord), first, pages); // others change a pending claim only, and ours is over
  store64(claimWord, claim); // pairs with the load of whoever meets a mark of ours
  carry(self, claim);
  const won = (load64(claimWord) & STATE_MASK) == WON;
  const reference = referenceTo(self, claim);
  for (let page = first; page < first + pages; ++page) {
    if (won)
      store64(wordOf(page), TAKEN_PAGE); // held: nobody else writes it
    else cas64(wordOf(page), reference, FREE_PAGE);
  }
  store64(claimWord, withState(claim, 0));
  if (won) holdBlock(addressOf(first), (pages as u32) << 16, UNCOUNTED);
  return won;
}
