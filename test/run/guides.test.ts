import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { followGuide, guideFixture, guides } from "../jobs/guides.ts";

/** `npm run test:jobs` follows them with Python as well; here fixtures stand for what their Python writes. */

const seen: Readonly<Record<string, RegExp>> = {
  "pytorch-to-browser": /^a \d, taken for a \d$/m,
  "forest-to-mlp": /^best on validation: temperature=\d/m,
  "stored-outputs": /said-again\.npz/,
  "few-labels": /10 without/,
  "sentence-classifier": /topics\.onnx/,
  "teacher-classifier": /student\.onnx/,
  temperature: /temperature=8/,
  alpha: /^ *student +(\S+ %).*^ *student +\1/ms,
  losses: /^ *student +\S+ %.*^ *student +\S+ %/ms,
  "honest-comparison": /±/,
};

for (const { page, files } of guides)
  test(`docs/${page}.md can be followed`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "guide-"));
    t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    if (files.length > 0) await cp(guideFixture(page), folder, { recursive: true });
    assert.match(await followGuide(page, folder, {}), seen[page] as RegExp);
  });

const inRepository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

test("every page of docs/ is followed, or generated, or by npmPackage.test.ts or slurmSettings.test.ts; hovers lead to pages that are there", async () => {
  const pages = await readdir(inRepository("docs"));
  assert.deepEqual(
    pages.sort(),
    ["api.md", "cluster.md", "jobs.md", ...guides.map(({ page }) => `${page}.md`)].sort(),
  );
  const schema = await readFile(inRepository("schemas/experiment.schema.json"), "utf8");
  const linked = [...schema.matchAll(/"guide": "([^"]+)"/g)].map(([, page]) => `${page}.md`);
  assert.ok(linked.length >= 5);
  assert.deepEqual(
    linked.filter((page) => !pages.includes(page)),
    [],
  );
});
