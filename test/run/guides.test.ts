import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
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
};

for (const { page } of guides)
  test(`docs/${page}.md can be followed`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "guide-"));
    t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    await cp(guideFixture(page), folder, { recursive: true });
    assert.match(await followGuide(page, folder, {}), seen[page] as RegExp);
  });

test("every page of docs/ is followed, or generated", async () => {
  const pages = await readdir(fileURLToPath(new URL("../../docs", import.meta.url)));
  assert.deepEqual(pages.sort(), ["jobs.md", ...guides.map(({ page }) => `${page}.md`)].sort());
});
