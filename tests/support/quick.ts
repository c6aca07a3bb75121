/** Whether this is the quick set, as `npm test` runs it; a file or a folder by itself runs all of its tests. */
export const QUICK = process.env['TALLYIO_TESTS'] === 'quick';

/** For a test that takes long and has its like in the quick set: why it is skipped there, false elsewhere. */
export const IN_FULL_SET = { skip: QUICK && 'in npm run test:full' };
