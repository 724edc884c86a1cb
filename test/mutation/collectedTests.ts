/**
 * Stands in for `node:test` where mutants are tried: tests are collected, and run as often as there are mutants. It has what the
 * tests use; what it has not fails when they are loaded.
 */
import { mock } from "node:test";

export { mock };

type Body = (context: object) => unknown;

export interface CollectedTest {
  readonly name: string;
  readonly run: () => Promise<void>;
}

export interface Collection {
  readonly tests: CollectedTest[];
  readonly before: (() => unknown)[];
  readonly after: (() => unknown)[];
}

let collection: Collection = { tests: [], before: [], after: [] };

/** What the test files that are loaded from now on say goes into a new collection. */
export function collect(): Collection {
  collection = { tests: [], before: [], after: [] };
  return collection;
}

export function test(name: string, ...[options, body]: [Body] | [{ skip?: unknown }, Body]): void {
  if (typeof options === "function") collection.tests.push(collected(name, options));
  else if (body && !options.skip) collection.tests.push(collected(name, body));
}

/** Only puts a heading over tests. */
export function describe(_: string, tests: () => void): void {
  tests();
}

test.before = before;
test.after = after;

export function before(hook: () => unknown): void {
  collection.before.push(hook);
}

export function after(hook: () => unknown): void {
  collection.after.push(hook);
}

function collected(name: string, body: Body): CollectedTest {
  return {
    name,
    run: async () => {
      const cleanUp: (() => unknown)[] = [];
      const context = { name, mock, after: (hook: () => unknown) => cleanUp.push(hook) };
      try {
        await body(context);
      } finally {
        mock.reset();
        for (const hook of cleanUp) await hook();
      }
    },
  };
}
