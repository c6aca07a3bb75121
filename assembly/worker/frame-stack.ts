/**
 * Stack: the frames of the kernels that a worker has spawned, youngest last, a stack a level. It is a split deque (Dijk &
 * van de Pol, "Lace", 2014) without entries: a frame's position is its address. The owner works at the private end without
 * atomics; thieves take the oldest shared frame, one at a time. docs/protocols/fork-join.md
 */
import { FRAME_JOINED, FRAME_OPEN } from '../../src/abi/codes';
import { FORK_HEAD, FORK_PRIVATE, FRAME_BYTES } from '../../src/abi/layout';
import { shareOf, stackOf } from '../memory/fork';
import { ownStateOf } from '../memory/frame';
import { frames, worker, workers } from '../memory/region';
import { endOf, privatize, shareWord, tailOf } from '../queue/share';
import { cas32, load32, loadOwned32, loadRacy32, store32, storeOwned32 } from '../sync/atomics';
import { wakeOne } from './idle';
import { announceLevel } from './level';

const NEVER: usize = 0xffff_ffff;

/** The level that this worker is busy at; −1 before its first task. */
export let level: i32 = -1;
/** Where the next frame goes. */
export let head: usize = 0;
/** Frames from here on are private: nobody but the owner moves this. */
export let privateFrom: usize = 0;
/** Frames below belong to kernels that wait until the one that was entered last has ended. */
export let bottom: usize = 0;
/** From here on frames are private and not below the bottom; out of reach when the task was asked to stop: what `join` looks at. */
export let quickFrom: usize = 0;
let stopping: bool = false;
let first: usize = 0;
/** How many other workers there are. */
let others: i32 = 0;

/** No frame begins here. */
export let limit: usize = 0;
let word: usize = 0;

function positionOf(frame: usize): i32 {
  return ((frame - first) / FRAME_BYTES) as i32;
}

function frameAt(position: i32): usize {
  return first + (position as usize) * FRAME_BYTES;
}

function setPrivate(from: usize): void {
  privateFrom = from;
  quickFrom = stopping ? NEVER : max(from, bottom);
}

/** Owner: what is spawned from here on stands above this frame's address. */
export function setBottom(from: usize): void {
  bottom = from;
  setPrivate(privateFrom);
}

/** Whether the task that goes on was asked to stop: then no kernel that it has spawned is begun any more. */
export function setStopping(value: bool): void {
  stopping = value;
  setPrivate(privateFrom);
}

/** Forgets what this instance knew, for another worker's identity or after a trap: memory says where the frames end. */
export function resetStack(): void {
  others = workers - 1;
  level = -1;
  head = 0;
  setPrivate(0);
  limit = 0;
}

/** Owner: goes on at another level; where the frames of this one end is kept. */
export function enterLevel(next: i32): void {
  if (next == level) return;
  if (level >= 0) {
    storeOwned32(word + FORK_HEAD, head as i32);
    storeOwned32(word + FORK_PRIVATE, privateFrom as i32);
  }
  level = next;
  if (next < 0) return;
  word = shareOf(worker, next);
  first = stackOf(worker, next);
  limit = first + (frames as usize) * FRAME_BYTES;
  const kept = loadOwned32(word + FORK_HEAD) as usize;
  head = kept == 0 ? first : kept;
  setPrivate(kept == 0 ? first : (loadOwned32(word + FORK_PRIVATE) as usize));
}

/** Owner. @returns where the next frame of a level goes; 0 before its first one */
export function headAt(atLevel: i32): usize {
  return atLevel == level ? head : (loadOwned32(shareOf(worker, atLevel) + FORK_HEAD) as usize);
}

/** Owner, of the frame at `head`, which is not `limit`. */
export function push(frame: usize): void {
  head = frame + FRAME_BYTES;
}

/** Owner, after a push: as many of the oldest frames as there are other workers may be stolen. */
export function share(): void {
  if (wantsMore()) shareMore();
}

function wantsMore(): bool {
  const share = loadRacy32(word); // thieves only make it less
  return endOf(share) - tailOf(share) < others;
}

// The frames that wait from `from` on, at most so many as may be shared. @returns the position behind the last one
function waitingFrom(from: i32, tail: i32): i32 {
  const most = tail + others;
  let end = from;
  while (end < most && frameAt(end) < head && ownStateOf(frameAt(end)) == FRAME_OPEN) ++end;
  return end;
}

function shareMore(): void {
  while (true) {
    const share = load32(word);
    let tail = tailOf(share);
    const shared = endOf(share);
    // Nothing is shared, no thief can change the word: frames that run or have ended are left behind.
    let from = shared;
    if (tail == shared) {
      while (frameAt(from) < head && ownStateOf(frameAt(from)) != FRAME_OPEN) ++from;
      tail = from;
    }
    const end = waitingFrom(from, tail);
    if (end == from) return;
    if (!cas32(word, share, shareWord(tail, end))) continue;
    setPrivate(frameAt(end));
    announceLevel(level);
    wakeOne();
    return;
  }
}

/** Owner, of a frame that is not private. @returns whether it is now, and the owner's to run; false: it was stolen */
export function takeBack(frame: usize): bool {
  const position = positionOf(frame);
  while (true) {
    const share = load32(word);
    const tail = tailOf(share);
    if (tail > position) return false;
    const end = (tail + position) >>> 1; // half of the older ones stay shared
    if (!cas32(word, share, shareWord(tail, end))) continue;
    setPrivate(frameAt(end));
    return true;
  }
}

/** Owner, of the youngest frame, which is private: it is gone. */
export function drop(frame: usize): void {
  head = frame;
}

/** Owner: the frame and all above it are gone. */
export function popTo(frame: usize): void {
  head = frame;
  if (frame < privateFrom) lower();
}

// None of those above was shared any more: no thief can change the word.
function lower(): void {
  const position = positionOf(head);
  store32(word, shareWord(position, position));
  setPrivate(head);
}

/** Owner: pops what was joined, down to `base`. */
export function popJoined(base: usize): void {
  let frame = head;
  while (frame > base && ownStateOf(frame - FRAME_BYTES) == FRAME_JOINED) frame -= FRAME_BYTES;
  popTo(frame);
}

/** Owner: no frame can be stolen from here on. @returns the address behind the youngest that was */
export function unshare(): usize {
  setPrivate(frameAt(privatize(word)));
  return privateFrom;
}
