import { globSync } from "node:fs";
import { run } from "node:test";
import { spec } from "node:test/reporters";

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** What came of test files: of all, and of each that reached its end. */
interface Attempt extends Counts {
  readonly ofFile: ReadonlyMap<string, Counts>;
  readonly failedFiles: ReadonlySet<string>;
}

/** More than so many failed files are no accident. */
const mostAgain = 3;

/**
 * Tests of the editor: run.ts FILE…. A file that fails is run once more, alone: two editors on a busy machine lose a click at times.
 * What passes then is named, and counts as passed.
 */
const files = globSync(process.argv.slice(2)).sort();
if (files.length === 0) throw new Error(`No test file matches ${process.argv.slice(2).join(" ")}`);

const first = await attempt(files, 2);
const again = first.failedFiles.size > mostAgain ? [] : [...first.failedFiles];
const second = again.length === 0 ? undefined : await attempt(again, 1);
for (const file of again)
  if (second?.failedFiles.has(file) === false)
    console.log(`flaky: ${file} failed, and passed the second time`);
const replaced = again.map((file) => first.ofFile.get(file) ?? { passed: 0, failed: 1 });
const total = (of: keyof Counts): number =>
  first[of] - replaced.reduce((sum, counts) => sum + counts[of], 0) + (second?.[of] ?? 0);
console.log(`ℹ pass ${total("passed")}\nℹ fail ${total("failed")}`);
process.exitCode = total("failed") === 0 ? 0 : 1;

async function attempt(tested: readonly string[], concurrency: number): Promise<Attempt> {
  const ofFile = new Map<string, Counts>();
  const failedFiles = new Set<string>();
  let all: Counts = { passed: 0, failed: 0 };
  const stream = run({ files: [...tested], concurrency, timeout: 300_000 });
  stream.on("test:fail", ({ file }) => {
    if (file !== undefined) failedFiles.add(file);
  });
  stream.on("test:summary", ({ file, counts, success }) => {
    const given = {
      passed: counts.passed,
      failed: counts.tests - counts.passed - counts.skipped - counts.todo,
    };
    if (file === undefined) all = given;
    else {
      ofFile.set(file, given);
      if (!success) failedFiles.add(file);
    }
  });
  for await (const line of stream.compose(spec)) process.stdout.write(line as string);
  return { ...all, ofFile, failedFiles };
}
