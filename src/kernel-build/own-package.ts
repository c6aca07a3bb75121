import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

/** Of this package: by its own name, which its exports map offers; the path to it differs between builds. */
export function ownPackage(): { readonly root: string; readonly version: string } {
  const require = createRequire(import.meta.url);
  const facts: unknown = require('tallyio/package.json');
  const hasVersion = typeof facts === 'object' && facts !== null && 'version' in facts;
  return {
    root: realpathSync(dirname(require.resolve('tallyio/package.json'))),
    version: hasVersion ? String(facts.version) : 'unknown',
  };
}
