import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { jobFixture, jobName, jobs } from "../jobs/jobs.ts";
import type { Made } from "../jobs/oracle.ts";
import { jobsPage } from "../jobs/page.ts";
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
