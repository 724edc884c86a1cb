/** Milliseconds after which a thing is taken to never come: far more than it takes on a slow machine under load. */
export const patience = 120_000;

/** Waits until `probe` returns something truthy; never a fixed sleep. A probe that throws is asked again. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  { timeout = patience, every = 50 }: { timeout?: number; every?: number } = {},
): Promise<NonNullable<T>> {
  const end = Date.now() + timeout;
  let last: unknown;
  for (;;) {
    try {
      const value = await probe();
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
