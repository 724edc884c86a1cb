import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import { type Browser, chromium } from "playwright-core";
import { htmlReport } from "../../server/report/html.ts";
import { type RunReport, readRunReport } from "../../server/report/report.ts";
import { openRun } from "../../server/runs/runDirectory.ts";
import { distill, onlyRun, scene } from "../run/support.ts";
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
  assert.equal((await distill(["run", it.file])).code, 0);
  report = await readRunReport(await openRun(await onlyRun(it)));
  await rm(it.folder, { recursive: true });
});
after(() => browser.close());

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
  const hidden = await page.locator(".wide").evaluateAll((all) =>
    all
      .map((one) => one as unknown as Record<"scrollWidth" | "clientWidth", number> & { textContent: string })
      .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
      .map(({ scrollWidth, clientWidth, textContent }) => `${textContent} ${scrollWidth} > ${clientWidth}`),
  );
  assert.deepEqual(hidden, []);
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
