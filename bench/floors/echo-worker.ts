import { parentPort } from 'node:worker_threads';
import * as handlers from '../handlers.ts';
import type { TaskName } from '../pool.ts';

const port = parentPort;
const tasks = handlers as Readonly<Record<TaskName, (input: unknown) => unknown>>; // inputs come from RawPool.run, typed there
port?.on('message', ([name, input]: [TaskName, unknown]) => {
  port.postMessage(tasks[name](input));
});
