import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { htmlReport } from "../../server/report/html.ts";
import { type RunReport, readRunReport, type SweepReport } from "../../server/report/report.ts";
import { htmlSweep } from "../../server/report/sweepHtml.ts";
import { openRun } from "../../server/runs/runDirectory.ts";
import { onlyRun, scene, succeed } from "../run/support.ts";
import { contrastsOf } from "./contrasts.ts";
import { patience } from "./until.ts";

let browser: Browser;
let report: RunReport;
before(async () => {
  browser = await chromium.launch({
    timeout: patience,
    executablePath: process.env["VSCODE_E2E_CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
  });
  const folders: (() => Promise<void>)[] = [];
  const it = await scene({ after: (end: () => Promise<void>) => void folders.push(end) } as never, {
    with: { baselines: { studentAlone: true }, training: { steps: 20 } },
  });
  await succeed(["run", it.file]);
  report = await readRunReport(await openRun(await onlyRun(it)));
  await rm(it.folder, { recursive: true });
});
after(() => browser.close());

/** Tables that are wider than what shows them. */
const hiddenIn = (page: Page): Promise<string[]> =>
  page.locator(".wide").evaluateAll((all) =>
    all
      .map((one) => one as unknown as Record<"scrollWidth" | "clientWidth", number> & { textContent: string })
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map(({ scrollWidth, clientWidth, textContent }) => `${textContent} ${scrollWidth} > ${clientWidth}`),
  );

test("in a window of 900 pixels every column of a report is in sight, of large networks too", async () => {
  const page = await browser.newPage({ viewport: { width: 900, height: 700 } });
  page.setDefaultTimeout(patience);
  const networks = report.networks.map((network) => ({
    ...network,
    ...{ parameters: 138_357_544, bytes: 553_430_176, flops: 15_470_314_496 },
    ...{ latencyMs: 123.456, latencyP95Ms: 234.567 },
  }));
  await page.setContent(htmlReport({ ...report, networks }));
  const last = page.locator("section").first().locator("tr").first().locator("th").last();
  assert.equal(await last.textContent(), "p95");
  assert.deepEqual(await hiddenIn(page), []);
  await page.close();
});

test("so is every column of a sweep's report, of long names of runs and parameters", async () => {
  const settings = { "losses[0].weight": 0.1, "optimizer.learningRate": 0.001, "student.hidden[0]": 64 };
  const runId = "20260101-120000.000-student-of-houses-0a1";
  const members = [1, 2].map((number) => ({
    ...{ runId: `${runId}-0${number}`, state: "completed" as const, seconds: 1, settings, networks: [] },
    ...{ parameters: 138_357_544, metrics: { "validation.rmse": 0.5, "test.rmse": 0.5 } },
  }));
  const front = [{ runs: [`${runId}-01`], settings, parameters: 138_357_544, validation: 0.5 }];
  const sweep: SweepReport = {
    ...{ format: 1, name: "houses", runId, state: "completed", key: "rmse", verdict: [], students: [] },
    ...{ runs: members, front },
  };
  const page = await browser.newPage({ viewport: { width: 900, height: 700 } });
  await page.setContent(htmlSweep(sweep));
  assert.equal(await page.locator(".wide").count(), 2);
  assert.deepEqual(await hiddenIn(page), []);
  await page.close();
});

test("every text of a report is legible, also on the darkest cell of a matrix", async () => {
  for (const colorScheme of ["dark", "light"] as const) {
    const page = await browser.newPage({ colorScheme });
    const { confusion = assert.fail() } = report;
    const matrix = [
      [50, 50, 0],
      [100, 0, 0],
      [0, 0, 100],
    ];
    await page.setContent(
      htmlReport({ ...report, confusion: { ...confusion, counts: { student: matrix } } }),
    );
    for (const [where, contrast] of Object.entries(await contrastsOf(page.locator("body"))))
      assert.ok(contrast >= 4.5, `${colorScheme}: ${where} has a contrast of ${contrast.toFixed(1)}`);
    await page.close();
  }
});
