// npm run bench -- [SUITE|CASE…] [--json FILE] [--quick] [--against REV]
import { parseArgs } from 'node:util';
import { runBench } from '../dist/bench/main.js';

const USAGE = 'npm run bench -- [SUITE|CASE…] [--json FILE] [--quick] [--against REV]';

function parse() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'string' },
        quick: { type: 'boolean', default: false },
        against: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    process.stderr.write(`expected ${USAGE}; ${error.message}\n`);
    process.exit(2);
  }
}

const { positionals: names, values } = parse();
if (values.help) {
  process.stdout.write(`${USAGE}\n`);
} else {
  const controller = new globalThis.AbortController();
  process.once('SIGINT', () => controller.abort());
  process.once('SIGTERM', () => controller.abort());
  const { quick, json, against } = values;
  const code = await runBench({ names, quick, rivals: true, json, against, signal: controller.signal });
  // A contender that hung may hold the event loop.
  process.exit(code);
}
