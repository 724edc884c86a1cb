import { cp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { data } from "./data.ts";
import { followGuide, guides, keepGuide } from "./guides.ts";
import { type Job, jobFixture, jobName, jobs } from "./jobs.ts";
import { type Oracle, pythonPath, startOracle } from "./oracle.ts";
import type { Part } from "./part.ts";
import { students } from "./students.ts";
import { teachers } from "./teachers.ts";
import { rowsOf, tryJob } from "./tryJob.ts";

/**
 * `npm run test:jobs`: tries every job of jobs.ts on files that Python makes, compares teachers, steps and exports with Python, and
 * follows the guides in docs/. `-- NAME…` tries those whose names contain one of these; files and runs stay in .cache/jobs/tried.
 * `--keep` writes the fixtures with which CI tries a few jobs and all guides without Python.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    together: { type: "string", default: String(Math.min(2, availableParallelism())) },
    keep: { type: "boolean", default: false },
  },
});

interface Trial {
  readonly name: string;
  /** @returns what was compared */
  attempt(oracle: Oracle): Promise<readonly string[]>;
}

const tried = fileURLToPath(new URL("../../.cache/jobs/tried", import.meta.url));
/** `npm run test:jobs` builds it: each job starts seven commands, which take a second less each. */
const bundle = fileURLToPath(new URL("../../dist/cli.mjs", import.meta.url));
const python = pythonPath();
const trials: readonly Trial[] = [
  ...jobs.map((job) => ({ name: jobName(job), attempt: (oracle: Oracle) => attemptJob(job, oracle) })),
  ...guides.map(({ page }) => ({ name: `docs/${page}.md`, attempt: () => attemptGuide(page) })),
];
const waiting = trials.filter(
  ({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
);
const failures: string[] = [];
let passed = 0;

await Promise.all(Array.from({ length: Number(values.together) }, work));
for (const failure of failures) console.log(`\n${failure}`);
console.log(`\n${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length > 0 || passed === 0 ? 1 : 0;

async function work(): Promise<void> {
  const oracle = startOracle(python);
  for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) {
    const { name } = trial;
    const begin = Date.now();
    const took = () => `${((Date.now() - begin) / 1000).toFixed(0)} s`;
    try {
      const compared = await trial.attempt(oracle);
      passed++;
      console.log(`✔ ${name}: ${compared.join(", ")} (${took()})`);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      failures.push(`✖ ${name}: ${text}`);
      console.log(`✖ ${name}: ${text.split("\n")[0]} (${took()})`);
    }
  }
  oracle.close();
}

async function attemptJob(job: Job, oracle: Oracle): Promise<readonly string[]> {
  const folder = await emptyFolder(jobName(job));
  const [teacher, student]: readonly Part[] = [teachers[job.teacher], students[job.student]];
  const made = await oracle.make({
    folder,
    data: data[job.data].make,
    rows: rowsOf(job),
    teacher: teacher?.make ?? null,
    student: student?.make ?? null,
  });
  const files = await readdir(folder);
  const stepFile = join(folder, "step.safetensors");
  const compared = await tryJob(job, folder, {
    ...made,
    cli: bundle,
    teacherOf: (outputs) => oracle.teacher({ outputs }),
    stepOf: (question) => oracle.step(question),
    exportedOf: (path) => oracle.exported({ path }),
  });
  if (values.keep && job.isKept) {
    const kept = jobFixture(job);
    await rm(kept, { recursive: true, force: true });
    await mkdir(kept, { recursive: true });
    for (const file of files) await cp(join(folder, file), join(kept, file));
    if (made.hasTwin && made.hasArrays) await cp(stepFile, join(kept, "step.safetensors"));
    await writeFile(join(kept, "made.json"), `${JSON.stringify(made)}\n`);
  }
  return compared;
}

async function attemptGuide(page: string): Promise<readonly string[]> {
  await followGuide(page, await emptyFolder(page), { python, cli: bundle });
  if (values.keep) await keepGuide(page, { python, folder: await emptyFolder(`${page}-small`) });
  return ["followed"];
}

async function emptyFolder(name: string): Promise<string> {
  const folder = join(tried, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return folder;
}
