import { type AnyTasks, createEngine as create, type Engine, type EngineOptions } from '../../src/index.ts';
import { isIsolated } from './isolation.ts';

/** As `createEngine`, with the isolation that the test file was told. */
export function createEngine<T = AnyTasks>(options: EngineOptions): Promise<Engine<T>> {
  const given: unknown = options; // some tests give what is no object
  const isolated = isIsolated() && typeof given === 'object' && given !== null;
  return create<T>(isolated ? { ...options, isolation: 'process' } : options);
}
