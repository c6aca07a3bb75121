/** How a handler tells that it was run. `setup` of a task module decides where that is noted. */
let note: (id: number) => void = () => undefined;

/** From here on runs of this thread are noted so. */
export function noteRunsBy(how: (id: number) => void): void {
  note = how;
}

/** The task with this number is being run. */
export function mark(id: number): void {
  note(id);
}
