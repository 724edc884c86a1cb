/** Milliseconds after which a thing is taken to never come: far more than it takes on a slow machine under load. */
export const patience = 120_000;

/** Milliseconds beyond the end of its time after which a probe is taken to never answer. */
const grace = 60_000;

/**
 * Waits until `probe` returns something truthy; never a fixed sleep. A probe that throws is asked again; one that never answers,
 * as of a page whose frame went away, counts as one that throws.
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  { timeout = patience, every = 50 }: { timeout?: number; every?: number } = {},
): Promise<NonNullable<T>> {
  const end = Date.now() + timeout;
  let last: unknown;
  for (;;) {
    try {
      // One that is slow, as it presses keys in turn, is not asked a second time beside itself.
      const value = await within(probe(), Math.max(0, end - Date.now()) + grace);
      if (value) return value as NonNullable<T>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      const why = last instanceof Error ? `: ${last.message}` : "";
      throw new Error(`timed out after ${timeout} ms waiting for ${what}${why}`);
    }
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

/** @throws where `answer` does not come in this many milliseconds */
export async function within<T>(answer: T | Promise<T>, milliseconds: number): Promise<T> {
  let waiting: NodeJS.Timeout | undefined;
  const never = new Promise<never>((_, reject) => {
    waiting = setTimeout(() => reject(new Error("no answer")), milliseconds);
  });
  try {
    return await Promise.race([answer, never]);
  } finally {
    clearTimeout(waiting);
  }
}
