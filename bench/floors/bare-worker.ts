import { parentPort } from 'node:worker_threads';

/** Says that it is up and waits: what any pool pays at least for a thread. */
parentPort?.postMessage('ready');
parentPort?.on('message', () => undefined);
