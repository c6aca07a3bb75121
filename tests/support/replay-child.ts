/** node replay-child.js PROGRAMS: the traces of so many programs, a hash a line. */
import { hashOf, play, randomProgram } from './random-program.js';

const programs = Number(process.argv[2]);
for (let seed = 0; seed < programs; ++seed) console.log(hashOf(await play(randomProgram(seed), seed)));
