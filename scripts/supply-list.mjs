// What the package and its development depend on by decision. scripts/supply.mjs holds the lock file against it.

/** What is installed with the package, each with why, and what comes along with it. */
export const RUNTIME = {
  '@assemblyscript/loader': { why: 'instantiates the engine in every thread', brings: [] },
  commander: { why: 'the options, usage errors and help of the command line', brings: [] },
  'cli-progress': {
    why: 'the progress bar of `tallyio run`',
    brings: ['string-width', 'emoji-regex', 'is-fullwidth-code-point', 'strip-ansi', 'ansi-regex'],
  },
  systeminformation: { why: 'the hardware that `tallyio doctor` and the benchmarks name', brings: [] },
};

/** Licences under which anything may be used here: none asks for more than its own text to be kept. */
export const LICENCES = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', '0BSD'];

/** Packages under another licence, each with why that is no harm. None of them is installed with the package. */
export const LICENCE_EXCEPTIONS = {
  argparse: { licence: 'Python-2.0', why: 'permissive; development only' },
  'railroad-diagrams': { licence: 'CC0-1.0', why: 'public domain; development only' },
  'spdx-exceptions': { licence: 'CC-BY-3.0', why: 'a list of names, of which nothing is shipped; development only' },
  'spdx-license-ids': { licence: 'CC0-1.0', why: 'public domain; development only' },
};

/** Packages whose install script may run, each with why. */
export const INSTALL_SCRIPTS = {};
