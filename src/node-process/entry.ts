/** Entry of a node process: a scheduler that serves the host at the other end of file descriptor 3. docs/protocols/channel.md */
import { connect, Socket } from 'node:net';
import { ENDING_SIGNALS } from '../scheduler/signal-options.ts';
import { NodeService } from './service.ts';

const CHANNEL_FD = 3;

/** As much as is read at once, into one buffer: a stream gets a new one for each read, full of zeros first. */
const buffer = Buffer.allocUnsafeSlow(64 << 10);

const onread = {
  buffer,
  callback: (bytes: number): boolean => {
    service.hear(buffer.subarray(0, bytes));
    return true;
  },
};
const options = { fd: CHANNEL_FD, readable: true, writable: true, onread };
// Bun's constructor leaves a descriptor alone, and its `connect` takes one.
const isBun = 'Bun' in globalThis;
const socket = isBun ? connect({ ...options, path: '', onread: undefined }) : new Socket(options);
const service = new NodeService(socket);
if (isBun) {
  socket.on('data', (chunk: Buffer) => {
    service.hear(chunk);
  });
}

// The host is gone: so is this process, whatever its workers do.
socket.on('error', () => undefined);
socket.on('close', () => {
  if (!service.isClosed) process.kill(process.pid, 'SIGKILL');
});

// What a terminal or a supervisor sends to the whole group is the host's to answer: it drains, or it ends and this one with it.
for (const signal of ENDING_SIGNALS) process.on(signal, () => undefined);

process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack ?? String(error)}\n`);
  service.sayLast(error);
  process.exit(1);
});
