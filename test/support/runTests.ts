import { globSync } from "node:fs";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { parseArgs } from "node:util";

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
 * Tests of whole processes: runTests.ts [--concurrency N] [--timeout MS] FILE…. A file that fails is run once more, alone: on a
 * busy machine two editors lose a click at times, and two trainers a moment. What passes then is named, and counts as passed.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    concurrency: { type: "string", default: "2" },
    timeout: { type: "string", default: "300000" },
  },
});
const files = globSync(positionals).sort();
if (files.length === 0) throw new Error(`No test file matches ${positionals.join(" ")}`);

const first = await attempt(files, Number(values.concurrency));
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
  const stream = run({ files: [...tested], concurrency, timeout: Number(values.timeout) });
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
