import { setTimeout } from "node:timers/promises";

/** What {@link within} gives where the work took longer. */
export const tookTooLong: unique symbol = Symbol("took too long");

/** A process that was stopped, or a computer that slept, has used up its time without working. */
const mostTries = 3;

/** Waits for what a thread of this process works on; longer than this where the time passes without half of it being computed. */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T | typeof tookTooLong> {
  const done = new AbortController();
  try {
    return await Promise.race([work, timePasses(milliseconds, done.signal)]);
  } finally {
    done.abort();
  }
}

async function timePasses(milliseconds: number, signal: AbortSignal): Promise<typeof tookTooLong> {
  for (let tries = 1; ; tries++) {
    const before = process.cpuUsage();
    await setTimeout(milliseconds, undefined, { signal });
    const { user, system } = process.cpuUsage(before);
    if ((user + system) / 1000 > milliseconds / 2 || tries === mostTries) return tookTooLong;
  }
}
