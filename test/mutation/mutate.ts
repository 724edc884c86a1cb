/**
 * Mutation testing: changes the code in one place at a time and runs the tests that should detect it.
 *
 *     npm run test:mutation                  everything in suites.ts
 *     npm run test:mutation -- PATH…         the files below these paths
 *     npm run test:mutation -- --verbose …   with what killed each mutant
 *     npm run test:mutation -- --survivors … only those that survived before: after tests were added, to an unchanged file
 *     npm run test:mutation -- --stale …     runs nothing; lists reasons in survivors.json whose change is no mutant any more
 *
 * StrykerJS makes the mutants, all of a file in one source with a switch before each (mutants.ts). A worker process loads that
 * source in place of the file (sourceHooks.ts) and collects the tests instead of running them (collectedTests.ts), so that a
 * mutant costs no more than the tests that reach it (worker.ts). Processes that a test starts load the same source with the same
 * mutant (childProcess.ts). A worker that ends or takes too long counts as a killed mutant and is replaced (tryMutants.ts).
 *
 * Not covered: types; tests of other files that suites.ts does not name; and instances of the file that are loaded in another way,
 * such as a bundle in dist/.
 *
 * score.json has the results, file by file; files that are not selected keep their last result. A survivor that no test can kill,
 * because the change has no effect, has its reason in survivors.json, by file and change. Exits with 1 if any reason there is of
 * no survivor, or if a test fails without a mutant.
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { instrument } from "./mutants.ts";
import {
  byFolder,
  explained,
  type FileScore,
  readReasons,
  readScores,
  scoreOfFile,
  staleReasons,
  table,
  total,
  writeScores,
} from "./score.ts";
import { filesOf, testsOf } from "./suites.ts";
import { tryMutants } from "./tryMutants.ts";

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
process.chdir(here("../.."));
const { values: options, positionals: paths } = parseArgs({
  allowPositionals: true,
  options: {
    verbose: { type: "boolean", default: false },
    survivors: { type: "boolean", default: false },
    stale: { type: "boolean", default: false },
  },
});
const scorePath = here("score.json");
const reasons = readReasons(here("survivors.json"));
const every = filesOf();
const queue = every.filter((file) => paths.length === 0 || paths.some((path) => file.startsWith(path)));
if (queue.length === 0) {
  console.error(`No file below ${paths.join(", ")} is in test/mutation/suites.ts`);
  process.exit(2);
}

if (options.stale) {
  const stale = await staleChanges();
  for (const line of stale) console.log(line);
  process.exit(stale.length > 0 ? 1 : 0);
}

const scored: Record<string, FileScore> = {};
const complaints: string[] = [];
const lanes = 2;
await Promise.all(Array.from({ length: lanes }, scoreNext));
report();

/** Reasons whose change is none that is made of the file as it is now. */
async function staleChanges(): Promise<string[]> {
  const stale = Object.entries(reasons)
    .filter(([file]) => !every.includes(file))
    .map(([file]) => `${file}: not in suites.ts`);
  for (const file of queue.filter((file) => reasons[file])) {
    const made = new Set((await instrument(file)).mutants.map(({ change }) => change));
    const gone = Object.keys(reasons[file] ?? {}).filter((change) => !made.has(change));
    stale.push(...gone.map((change) => `${file}: ${change}`));
  }
  return stale;
}

async function scoreNext(): Promise<void> {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const earlier = options.survivors ? readScores(scorePath)[file] : undefined;
    const tried = await tryMutants(file, testsOf(file), earlier).catch(({ message }: Error) => message);
    if (typeof tried === "string") {
      complaints.push(tried);
      continue;
    }
    const { mutants, unfit } = tried;
    const score = scoreOfFile(mutants, reasons[file]);
    scored[file] = score;
    console.log(`${file}: ${score.killed} of ${score.mutants} killed`);
    if (options.verbose)
      for (const { line, change, killedBy } of mutants)
        console.log(`  ${line}: ${change}: ${killedBy === undefined ? "survived" : `killed by ${killedBy}`}`);
    complaints.push(...unfit.map((test) => `${file}: a test fails without a mutant: ${test}`));
    keep();
  }
}

/** Files that are gone lose their score, and reasons that were given since then count. */
function keep(): void {
  const all = { ...readScores(scorePath), ...scored };
  const kept = every.flatMap((file) =>
    all[file] ? [[file, explained(all[file], reasons[file])] as const] : [],
  );
  writeScores(scorePath, Object.fromEntries(kept), every);
}

function report(): void {
  for (const [file, { survivors }] of Object.entries(scored).sort())
    for (const { line, change, reason } of survivors) if (!reason) console.log(`${file}:${line}: ${change}`);
  for (const [file, score] of Object.entries(readScores(scorePath)))
    for (const reason of staleReasons(score, reasons[file]))
      complaints.push(`${file}: survivors.json explains what does not survive: ${reason}`);
  const unknown = Object.keys(reasons).filter((file) => !every.includes(file));
  complaints.push(...unknown.map((file) => `${file}: survivors.json names a file that suites.ts does not`));
  const files = Object.fromEntries(Object.entries(scored).sort());
  console.log(`\n${table({ ...files, ...byFolder(files), total: total(Object.values(files)) })}`);
  for (const complaint of complaints) console.error(complaint);
  if (complaints.length > 0) process.exitCode = 1;
}
