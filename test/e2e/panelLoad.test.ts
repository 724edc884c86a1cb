import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { bucketed, openPanelPage, type PanelPage, summary } from "./panelPage.ts";
import { until } from "./until.ts";

const runCount = 50;
const steps = 100_000;
const memoryLimit = 150; // MB

let panel: PanelPage;
before(async () => {
  const runs = Array.from({ length: runCount }, (_, index) => summary(index, { step: steps }));
  panel = await openPanelPage({
    runs,
    shown: runs.map(({ directory }) => directory),
    series: ["loss", "terms.kd.raw", "terms.ce.raw", "learningRate", "gradNorm", "validation.accuracy"],
    lastSeq: steps,
    read: (directory, _, buckets, range) => {
      const own = Number(directory.slice("/runs/".length)) / 200;
      const value = (at: number) => 2 * Math.exp(-at / 30_000) + 0.1 + own + 0.05 * Math.sin(at * 12.9898);
      return bucketed(value, { from: range?.[0] ?? 1, to: range?.[1] ?? steps, buckets });
    },
  });
});
after(() => panel.close());

test(`${runCount} runs of ${steps} steps are redrawn and held in little memory`, async (t) => {
  const { page } = panel;
  const readout = page.locator(".chart .readout").first();
  await until(
    "all runs in the chart",
    async () => /\+4\d$/.test((await readout.textContent()) ?? ""), // How many values fit depends on the width.
  );
  await page.evaluate("globalThis.drawTimes.length = 0");
  for (let i = 0; i < 12; i++) {
    const drawn = Number(await page.evaluate("globalThis.drawTimes.length"));
    await page.locator('input[type="range"]').fill(String(0.3 + i / 50));
    await until("a redraw", async () => Number(await page.evaluate("globalThis.drawTimes.length")) > drawn);
  }
  // Said and not asserted: how long it takes depends on what else the machine does.
  const times = ((await page.evaluate("globalThis.drawTimes")) as number[]).sort((a, b) => a - b);
  const median = times[times.length >> 1] ?? Number.NaN;
  const heap = Number(await page.evaluate("gc(), performance.memory.usedJSHeapSize")) / 1e6;
  t.diagnostic(`redraw ${median.toFixed(1)} ms (median of ${times.length}), heap ${heap.toFixed(0)} MB`);
  assert.ok(heap <= memoryLimit, `the page held ${heap} MB`);
});
