/**
 * A steady stream of events, paced by the clock alone: event i is due i / rate after the start, whatever became of the
 * earlier ones. A tick that comes late sends all that is due, so that the rate holds and no wait is hidden by a pause of
 * the sender. Timers only, no busy loop.
 */

export interface Pace {
  readonly perSecond: number;
  /** Asked after each event; once true the stream ends. */
  readonly isOver: (sent: number) => boolean;
  readonly send: (index: number) => void;
}

/** Resolves to the number of events sent; rejects with what `send` or `isOver` throws. */
export async function pace({ perSecond, isOver, send }: Pace): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const dueAt = (index: number): number => start + (index * 1000) / perSecond;
    let sent = 0;
    const tick = (): void => {
      try {
        const now = performance.now();
        while (!isOver(sent) && dueAt(sent) <= now) send(sent++);
        if (isOver(sent)) resolve(sent);
        else setTimeout(tick, dueAt(sent) - performance.now());
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    tick();
  });
}
