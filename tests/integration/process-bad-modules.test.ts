/** Everything that bad-modules.test.ts says, with the workers in a process of their own. */
import { rerun } from '../support/rerun.ts';

await rerun(() => import('./bad-modules.test.ts'), {
  except: [
    'imports a module that does not exist: the missing one is named',
    'imports a package that is not installed',
    'is a folder',
    'throws a SyntaxError of its own while it is imported: it does parse',
    'throws on import, also something that is no Error',
    'exports no function',
    'has a setup that throws, rejects, or never settles',
    'exports more functions than there are task types',
    'calls createEngine while it is loaded, or in its setup',
    'CommonJS: module.exports = { … }, and module.exports = function',
    'a default export is the task "default"',
    'exports that are no functions are left alone',
    'is TypeScript on a Node that runs none',
  ],
});
