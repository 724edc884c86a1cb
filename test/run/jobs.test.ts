import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { data } from "../jobs/data.ts";
import { jobFixture, jobName, jobs } from "../jobs/jobs.ts";
import type { Made } from "../jobs/oracle.ts";
import { jobsPage } from "../jobs/page.ts";
import { students } from "../jobs/students.ts";
import { teachers } from "../jobs/teachers.ts";
import { tryJob } from "../jobs/tryJob.ts";

/** A few of the jobs of `npm run test:jobs`, on files that Python has made there. */

for (const job of jobs.filter(({ isKept }) => isKept))
  test(`${jobName(job)}: the teacher and a step are Python's`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "job-"));
    t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    await cp(jobFixture(job), folder, { recursive: true });
    const made = JSON.parse(await readFile(join(folder, "made.json"), "utf8")) as Made;
    // Its step.safetensors is there.
    await tryJob(job, folder, { ...made, stepOf: async () => {} });
  });

test("docs/jobs.md is generated from the jobs as they are", async () => {
  assert.ok((await jobsPage()).isCurrent, "docs/jobs.md is out of date: run npm run generate");
});

test("each part names a function that Python has", async () => {
  const folder = join(import.meta.dirname, "../jobs/python");
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".py"));
  const scripts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  const functions = new Set(
    scripts.flatMap((text) => [...text.matchAll(/^def (\w+)\(/gm)].map(([, name]) => name)),
  );
  const parts: readonly { readonly make?: string }[] = [data, teachers, students].flatMap(Object.values);
  assert.deepEqual(
    parts.flatMap(({ make }) => (make === undefined || functions.has(make) ? [] : [make])),
    [],
  );
});
