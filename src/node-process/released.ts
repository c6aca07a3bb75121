import { LEVELS, TAG_NUMBER } from '../abi/codes.ts';
import { Entries, type Entry } from '../client/entries.ts';
import type { Group } from '../client/group.ts';
import { Pending, type Resolve, type Settler } from '../client/pending.ts';
import type { Waiting } from '../client/waiting.ts';
import { PackedInputs } from './packed-inputs.ts';
import { Window } from './window.ts';

const NO_BYTES = new Uint8Array(0);

/** A task that waits on the host. */
export interface Job extends Waiting {
  /** How often it was released and lost. */
  readonly losses: number;
  /** What it stands for; undefined for a single task. */
  readonly members?: Members | undefined;
  /** The node process that it was placed on, if it may wait elsewhere now; undefined: on the one it waits for, or on none yet. */
  origin?: number | undefined;
}

/** Members of a group; a job stands for those that end at `end`, as many as its `pending` says. */
export interface Members {
  readonly group: Group;
  /** By position: those of the whole group where they are numbers. */
  readonly inputs: readonly unknown[] | PackedInputs;
  readonly end: number;
}

/** A job without bytes: a number, or members. */
export function plainJob(pending: Pending, priority: number, number: number, members?: Members): Job {
  return { pending, priority, tag: TAG_NUMBER, number, bytes: NO_BYTES, worker: -1, losses: 0, members };
}

/** The first position of those that a job stands for. */
export function startOf({ pending }: Job, { end }: Members): number {
  return end - pending.size;
}

/** Members from a position on, which wait: what packed ones were copied from may be used again. */
export function tailOf(members: Members, from: number): Members {
  const { inputs, end } = members;
  return inputs instanceof PackedInputs ? { ...members, inputs: inputs.slice(from, end) } : members;
}

/** Tasks that were released to a node process and whose outcome has not come, by the id they travel under. */
export class Released {
  /** How many there are. */
  count = 0;
  /** How many there ever were, by priority. */
  readonly ever = new Float64Array(LEVELS);
  readonly #entries: Entries;
  readonly #types: Uint16Array;
  readonly #window: Window;
  /** Of those that are still on their way: they have not started. */
  readonly #unsent = new Map<number, Job>();
  /** Of those that may be run again. */
  readonly #repeatable = new Map<number, Job>();
  /** How many were released before, by id: as ids are used again, they have no order. */
  readonly #order: Float64Array;
  #releases = 0;
  /** Of those that were asked for and may come back. */
  readonly #recalled = new Set<number>();
  /** Ids that are free: a stack. */
  readonly #free: Uint32Array;

  /**
   * @param places tasks that the workers can run at once
   * @param types how many types of tasks there are
   * @param home of several clients, whose tasks these are
   */
  constructor(places: number, types: number, capacity: number, home: number) {
    this.#window = new Window(places, types, capacity);
    this.#entries = new Entries(capacity, home);
    this.#types = new Uint16Array(capacity);
    this.#order = new Float64Array(capacity);
    this.#free = new Uint32Array(capacity);
    for (let n = 0; n < capacity; ++n) this.#free[n] = capacity - 1 - n; // low ids are used first
  }

  /** Whether another task may be released. @param worker the only one that may run it, −1 for any */
  hasRoom(level: number, type: number, worker: number): boolean {
    return this.count < this.#free.length && (worker >= 0 || this.#window.fits(level, type));
  }

  /** How many more tasks may be released, all of one type. */
  room(level: number, type: number): number {
    return Math.min(this.#free.length - this.count, this.#window.room(level, type));
  }

  /** How many of one type may be released when nothing else is. */
  grasp(type: number): number {
    return this.#window.grasp(type);
  }

  /** What a task of a type takes. */
  learn(type: number, meanUs: number): void {
    this.#window.learn(type, meanUs);
  }

  /**
   * A task is released; there must be room.
   *
   * @param mailed it is for one certain worker
   * @returns its id
   */
  enter(entry: Pending | Resolve, level: number, type: number, mailed: boolean): number {
    const id = this.#takeId(level, type, mailed);
    this.#entries.set(id, entry);
    return id;
  }

  /** As `enter`, of a member of a group that is known by its position. */
  enterMember(group: Group, position: number, level: number): number {
    const id = this.#takeId(level, group.task.type, false);
    this.#entries.setMember(id, group, position);
    return id;
  }

  /** Takes out what has ended. @returns undefined when nothing has this id */
  leave(id: number): Entry | undefined {
    const entry = this.#entries.at(id);
    if (entry === undefined) return undefined;
    this.#entries.clear(id);
    this.#window.leave(id);
    if (this.#unsent.size > 0) this.#unsent.delete(id);
    if (this.#repeatable.size > 0) this.#repeatable.delete(id);
    if (this.#recalled.size > 0) this.#recalled.delete(id);
    this.#free[this.#free.length - this.count] = id;
    this.count -= 1;
    return entry;
  }

  entryOf(id: number): Entry | undefined {
    return this.#entries.at(id);
  }

  /** Where the result stands of the member of a group that has this id, or has just left it. */
  positionOf(id: number): number {
    return this.#entries.positionAt(id);
  }

  /** Who is told how a task ended that has just left. */
  settlerOf(entry: Entry, id: number): Settler {
    return this.#entries.settlerOf(entry, id);
  }

  singleOut(group: Group): void {
    this.#entries.singleOut(group);
  }

  /** Another one waits for the outcome. */
  replace(id: number, entry: Pending): void {
    this.#entries.set(id, entry);
  }

  typeOf(id: number): number {
    return this.#types[id] ?? 0;
  }

  /** The task begins its way. */
  send(id: number, job: Job): void {
    this.#unsent.set(id, job);
  }

  /** The whole of the task was sent: it may run. */
  sent(id: number): void {
    this.#unsent.delete(id);
  }

  /** A task that cannot have started; undefined when it may have. */
  unsentOf(id: number): Job | undefined {
    return this.#unsent.get(id);
  }

  /** The task may be run again if it is lost. */
  keep(id: number, job: Job): void {
    this.#repeatable.set(id, job);
  }

  /** What `keep` was given. */
  repeatableOf(id: number): Job | undefined {
    return this.#repeatable.get(id);
  }

  /** How many tasks have left. */
  get ended(): number {
    return this.#releases - this.count;
  }

  /** Tasks that may be asked for: the youngest ones that any process may run and that are not on their way. They count as asked for. */
  recall(most: number): number[] {
    const ids = this.ids().filter((id) => this.#isAnybodys(id));
    const asked = ids.slice(Math.max(0, ids.length - most));
    for (const id of asked) this.#recalled.add(id);
    return asked;
  }

  /** All ids, in the order of their release. */
  ids(): number[] {
    const ids: number[] = [];
    for (let id = 0; id < this.#entries.slots; ++id) if (this.#entries.at(id) !== undefined) ids.push(id);
    return ids.sort((a, b) => (this.#order[a] ?? 0) - (this.#order[b] ?? 0));
  }

  #isAnybodys(id: number): boolean {
    const entry = this.#entries.at(id);
    if (entry instanceof Pending && (entry.isSettled || entry.preferred >= 0)) return false;
    return !this.#recalled.has(id) && !this.#unsent.has(id) && !this.#window.isMailed(id);
  }

  #takeId(level: number, type: number, mailed: boolean): number {
    this.count += 1;
    const id = this.#free[this.#free.length - this.count] ?? 0;
    this.#types[id] = type;
    this.#order[id] = this.#releases;
    this.#releases += 1;
    this.ever[level] = (this.ever[level] ?? 0) + 1;
    this.#window.enter(id, level, type, mailed);
    return id;
  }
}
