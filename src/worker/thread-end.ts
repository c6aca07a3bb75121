/** What is to be done when this thread ends by itself; a thread that is terminated does nothing any more. */
const actions = new Set<() => void>();

function runAll(): void {
  for (const action of actions) action();
}

/** Calls `action` when this thread ends. One listener of the process serves all. @returns what takes it back */
export function onThreadEnd(action: () => void): () => void {
  if (actions.size === 0) process.on('exit', runAll);
  actions.add(action);
  return () => {
    actions.delete(action);
    if (actions.size === 0) process.off('exit', runAll);
  };
}
