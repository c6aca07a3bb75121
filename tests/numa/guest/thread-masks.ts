/** Prints the CPUs that each thread of this process may use, as JSON; a worker thread and the threads of libuv are among them. */
import { readFileSync, readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';

const worker = new Worker('require("node:worker_threads").parentPort.on("message", () => undefined)', { eval: true });
await new Promise((resolve) => worker.once('online', resolve));
await stat('/proc');
const masks = readdirSync('/proc/self/task').map((thread) => {
  const status = readFileSync(`/proc/self/task/${thread}/status`, 'latin1');
  return /Cpus_allowed_list:\s*(\S+)/.exec(status)?.[1];
});
console.log(JSON.stringify(masks));
await worker.terminate();
