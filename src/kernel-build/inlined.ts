import type { Program } from './program.ts';
import { ENGINE_PREFIX } from './source-files.ts';

/** AssemblyScript's flag of `@inline`, which sources do not carry: linters and formatters cannot read it on functions. */
const INLINE = 64;

/** Functions of the kernel SDK that are compiled into their callers, by what is left of them there. */
export const LEFT_OF_INLINED: ReadonlyMap<string, string> = new Map([
  [`${ENGINE_PREFIX}assembly/memory/frame/resetResult`, 'setResult'],
]);

/** What a kernel does for each kernel that it spawns, with all that is called on the way when nobody steals. */
const HOT: readonly string[] = [
  'assembly/index/spawn',
  'assembly/index/join',
  'assembly/index/reclaim',
  'assembly/index/setResult',
  'assembly/memory/frame/setResult',
  'assembly/worker/spawn/spawnFrame',
  'assembly/worker/spawn/beginFrame',
  'assembly/worker/current/forgetBase',
  'assembly/worker/join/isFar',
  'assembly/worker/join/joinFrame',
  'assembly/worker/join/reclaimFrame',
  'assembly/worker/frame-stack/push',
  'assembly/worker/frame-stack/share',
  'assembly/worker/frame-stack/wantsMore',
  'assembly/worker/frame-stack/drop',
  'assembly/worker/frame-stack/popTo',
];

/** Has spawn, join and setResult compiled into the kernels that call them: a third of their time is the calls. */
export function inlineHot(program: Program): void {
  for (const name of HOT) {
    const element = program.elementsByName.get(ENGINE_PREFIX + name); // the SDK is there if the user's files import it
    if (element?.decoratorFlags !== undefined) element.decoratorFlags |= INLINE;
  }
}
