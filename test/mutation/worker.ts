/**
 * Tries mutants of one file, one after the other, in this process. A mutant is first switched on in the modules as they are, and
 * the tests that reach it run, the quickest first, until one fails. If none does, or if it was reached while modules were
 * loaded, whatever leads to the file is loaded again with the mutant in it.
 *
 * A failure counts if the same test passes right after it without the mutant. If it does not, something has stayed behind: the
 * process ends, and the mutant is tried again as the first in a new one, where a failure counts as it stands.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import process from "node:process";
import { type CollectedTest, type Collection, collect } from "./collectedTests.ts";
import type { Baseline, BaselineTest, Job, Report } from "./protocol.ts";
import { installSourceHooks, type SourceHooks } from "./sourceHooks.ts";

interface Switchboard {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage: { static: Record<string, number>; perTest: Record<string, Record<string, number>> };
}

interface Failure {
  readonly message: string;
  /** Nothing says that it is this test's: it came as an event, or the test never ended. */
  readonly loose: boolean;
}

const mostMemory = 1_500_000_000; // bytes
const switchboard: Switchboard = { mutantCoverage: { static: {}, perTest: {} } };
Object.assign(globalThis, { __stryker__: switchboard });

let interrupt: (reason: unknown) => void = () => {};
for (const event of ["uncaughtException", "unhandledRejection"])
  process.on(event, (error: unknown) => interrupt(error));
process.on("beforeExit", () => interrupt(new Error("the test waits for what never comes")));

process.once("message", (job) =>
  work(job as Job).then(
    () => process.exit(0),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  ),
);

async function work(job: Job): Promise<void> {
  const hooks = installSourceHooks({
    url: job.url,
    source: () => readFileSync(job.source, "utf8"),
    testModule: new URL("collectedTests.ts", import.meta.url).href,
  });
  process.env["NODE_OPTIONS"] = `--import=${new URL("childProcess.ts", import.meta.url).href}`;
  Object.assign(process.env, { MUTANT_URL: job.url, MUTANT_SOURCE: job.source, MUTANT_LOADED: job.loaded });
  const shared = await load(job.tests);
  const baseline = job.baseline ?? (await measure(job, shared, hooks));
  await say({ kind: "baseline", baseline });
  for (const [nth, mutant] of job.mutants.entries()) {
    if (!process.connected) break;
    const verdict = await tryMutant(mutant, { job, hooks, shared, baseline, first: nth === 0 });
    if (verdict !== "unclear")
      await say({ kind: "result", mutant, ...(verdict.killedBy && { killedBy: verdict.killedBy }) });
    if (verdict === "unclear" || verdict.spoilt || process.memoryUsage.rss() > mostMemory) break;
  }
  for (const hook of shared.after) await hook();
}

interface Trial {
  readonly job: Job;
  readonly hooks: SourceHooks;
  readonly shared: Collection;
  readonly baseline: Baseline;
  readonly first: boolean;
}

type Verdict = { readonly killedBy?: string; readonly spoilt?: boolean } | "unclear";

async function tryMutant(mutant: string, { job, hooks, shared, baseline, first }: Trial): Promise<Verdict> {
  const reaching = baseline.tests.filter(({ hits, inChild }) => inChild || hits[mutant] !== undefined);
  const atLoad = baseline.atLoad[mutant];
  // What a test starts has loaded everything anew already.
  const again = atLoad === undefined ? reaching.filter(isReachedHere) : baseline.tests.filter(isReachedHere);
  const expected = [...reaching, ...again].reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  await say({ kind: "begin", mutant, limitMilliseconds: 20_000 + 10 * expected });
  const hitLimit = 1000 + 100 * Math.max(atLoad ?? 0, ...reaching.map(({ hits }) => hits[mutant] ?? 0));
  const activate = () => switchOn(mutant, hitLimit);

  const failed = await firstFailure(select(shared, reaching), activate);
  if (failed) return verdictOf(failed, shared, first);
  if (again.length === 0) return {};
  hooks.forget();
  activate();
  try {
    const fresh = await load(job.tests);
    const known = new Set(shared.tests.map(({ name }) => name));
    const others = fresh.tests.filter(({ name }) => !known.has(name));
    const failure = await firstFailure([...select(fresh, again), ...others], activate);
    await cleanUp(fresh);
    return failure ? verdictOf(failure, shared, first) : {};
  } catch (error) {
    return { killedBy: `loading: ${messageOf(error)}` };
  } finally {
    switchOff();
  }
}

async function verdictOf(
  { test, failure }: { readonly test: CollectedTest; readonly failure: Failure },
  shared: Collection,
  first: boolean,
): Promise<Verdict> {
  const killedBy = `${test.name}: ${failure.message}`;
  if (failure.loose) return first ? { killedBy, spoilt: true } : "unclear";
  const same = shared.tests.find(({ name }) => name === test.name);
  const spoilt = same !== undefined && (await run(same)) !== undefined;
  return spoilt && !first ? "unclear" : { killedBy, spoilt };
}

async function firstFailure(tests: readonly CollectedTest[], activate: () => void) {
  for (const test of tests) {
    activate();
    const failure = await run(test);
    switchOff();
    if (failure) return { test, failure };
  }
  return undefined;
}

const isReachedHere = ({ hits, inChild }: BaselineTest) => !inChild || Object.keys(hits).length > 0;

/** The tests of a collection that the baseline names, the quickest first. */
function select({ tests }: Collection, wanted: readonly BaselineTest[]): readonly CollectedTest[] {
  return wanted
    .toSorted((a, b) => a.milliseconds - b.milliseconds)
    .flatMap(({ name }) => tests.filter((test) => test.name === name));
}

/** Runs the tests three times without a mutant: what they reach, whether they pass again, and whether they do when loaded anew. */
async function measure({ tests, loaded }: Job, shared: Collection, hooks: SourceHooks): Promise<Baseline> {
  const measured: BaselineTest[] = [];
  const unfit = new Map<string, string>();
  const attempt = async (test: CollectedTest) => {
    const failure = await run(test);
    if (failure) unfit.set(test.name, failure.message);
  };
  const atLoad = { ...switchboard.mutantCoverage.static };
  const reachedAtLoad = Object.keys(atLoad).length > 0;
  for (const test of shared.tests) {
    rmSync(loaded, { force: true });
    switchboard.mutantCoverage.perTest = {};
    switchboard.currentTestId = "this";
    const start = performance.now();
    await attempt(test);
    const milliseconds = performance.now() - start;
    switchboard.currentTestId = undefined;
    const hits = switchboard.mutantCoverage.perTest["this"] ?? {};
    const inChild = existsSync(loaded);
    if (inChild || reachedAtLoad || Object.keys(hits).length > 0)
      measured.push({ name: test.name, milliseconds, hits, inChild });
  }
  const here = measured.filter(isReachedHere);
  for (const test of select(shared, here)) await attempt(test);
  hooks.forget();
  const fresh = await load(tests);
  for (const test of select(fresh, here)) await attempt(test);
  await cleanUp(fresh);
  return {
    tests: measured.filter(({ name }) => !unfit.has(name)),
    atLoad,
    unfit: [...unfit].map(([name, message]) => `${name}: ${message}`),
  };
}

async function load(tests: readonly string[]): Promise<Collection> {
  const collection = collect();
  for (const url of tests) await import(url);
  for (const hook of collection.before) await hook();
  return collection;
}

async function cleanUp({ after }: Collection): Promise<void> {
  for (const hook of after) await hook();
}

async function run(test: CollectedTest): Promise<Failure | undefined> {
  let loose = false;
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = (reason) => {
      loose = true;
      reject(reason);
    };
  });
  try {
    await Promise.race([test.run(), interrupted]);
    return undefined;
  } catch (error) {
    return { message: messageOf(error), loose };
  } finally {
    interrupt = () => {};
  }
}

function switchOn(mutant: string, hitLimit: number): void {
  Object.assign(switchboard, { activeMutant: mutant, hitCount: 0, hitLimit });
  process.env["__STRYKER_ACTIVE_MUTANT__"] = mutant;
}

function switchOff(): void {
  Object.assign(switchboard, { activeMutant: undefined, hitCount: undefined, hitLimit: undefined });
  delete process.env["__STRYKER_ACTIVE_MUTANT__"];
}

function messageOf(error: unknown): string {
  return String(error instanceof Error ? error.message : error)
    .split("\n", 1)
    .join("")
    .slice(0, 160);
}

function say(report: Report): Promise<void> {
  return new Promise((resolve) => process.send?.(report, undefined, undefined, () => resolve()));
}
