import assert from "node:assert/strict";
import fs from "node:fs";
import { after, before, test } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import type { RunSummary, Series } from "../../server/protocol.ts";
import { until } from "./until.ts";

/**
 * The chart panel alone in a browser, with a host that answers as the extension does: 50 runs of 100,000 steps each.
 * Redraws are measured where the page draws; the memory is what Chromium's own heap measure says after a collection.
 */
const runCount = 50;
const steps = 100_000;
const redrawLimit = 50; // ms, on a machine that does nothing else; four times that here, where others may work
const memoryLimit = 150; // MB

const dist = new URL("../../dist/webview/", import.meta.url);
let browser: Browser;
let page: Page;

const runs: RunSummary[] = Array.from({ length: runCount }, (_, index) => ({
  id: `run-${index}`,
  directory: `/runs/${index}`,
  experiment: "/mnist.distill.json",
  name: `run ${index}`,
  state: "completed",
  startedAt: new Date(1.75e12 + index * 1e6).toISOString(),
  elapsedSeconds: 100,
  step: steps,
  totalSteps: steps,
  metrics: { "validation.accuracy": 0.9 + index / 1000 },
}));
const names = ["loss", "terms.kd.raw", "terms.ce.raw", "learningRate", "gradNorm", "validation.accuracy"];

/** As the server buckets: least, greatest and last of each stretch. */
function bucketed(run: number, buckets: number): Series {
  const step = Array.from({ length: buckets }, (_, i) => Math.round(((i + 1) * steps) / buckets));
  const value = (at: number) => 2 * Math.exp(-at / 30_000) + 0.1 + run / 200 + 0.05 * Math.sin(at * 12.9898);
  return {
    step,
    last: step.map(value),
    min: step.map((at) => value(at) * 0.9),
    max: step.map((at) => value(at) * 1.1),
    time: step.map((at) => at / 1000),
    epoch: step.map((at) => at / 469),
  };
}

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env["VSCODE_E2E_CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--js-flags=--expose-gc", "--enable-precise-memory-info"],
  });
  page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await page.exposeFunction("hostAnswers", (message: { type: string; [key: string]: unknown }) => {
    if (message.type === "ready") {
      const defaults = { smoothing: 0.6, logScale: false };
      return [
        { type: "runs", runs, loaded: true, defaults },
        { type: "show", directories: runs.map(({ directory }) => directory) },
      ];
    }
    if (message.type !== "read") return [];
    const directory = String(message["directory"]);
    const own = bucketed(Number(directory.slice("/runs/".length)), Number(message["buckets"]));
    const series = Object.fromEntries((message["series"] as string[]).map((name) => [name, own]));
    const result = { series, available: names, lastSeq: steps };
    return [{ type: "series", request: message["request"], directory, result }];
  });
  await page.setContent(
    `<body class="vscode-dark" style="--vscode-editor-background:#1f1f1f"><main id="panel"></main></body>`,
  );
  await page.addStyleTag({ content: fs.readFileSync(new URL("style.css", dist), "utf8") });
  await page.evaluate(`
    globalThis.acquireVsCodeApi = () => ({
      postMessage: (message) => hostAnswers(message).then((answers) => answers.forEach((answer) => window.postMessage(answer))),
      getState: () => undefined,
      setState: () => undefined,
    });
    // How long each animation frame's work takes: the page draws in frames only.
    globalThis.drawTimes = [];
    const request = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (draw) => request((now) => {
      const begun = performance.now();
      draw(now);
      globalThis.drawTimes.push(performance.now() - begun);
    });`);
  await page.addScriptTag({ content: fs.readFileSync(new URL("panel.js", dist), "utf8") });
});
after(() => browser.close());

test(`${runCount} runs of ${steps} steps are redrawn quickly and held in little memory`, async (t) => {
  await until("all runs in the chart", async () =>
    (await page.locator(".chart .readout").first().textContent())?.includes(`+${runCount - 6}`),
  );
  await page.waitForTimeout(500);
  await page.evaluate("globalThis.drawTimes.length = 0");
  for (let i = 0; i < 10; i++) {
    await page.locator('input[type="range"]').fill(String(0.3 + i / 50));
    await page.waitForTimeout(100);
  }
  const times = ((await page.evaluate("globalThis.drawTimes")) as number[]).sort((a, b) => a - b);
  const median = times[times.length >> 1] ?? Number.NaN;
  const heap = Number(await page.evaluate("gc(), performance.memory.usedJSHeapSize")) / 1e6;
  t.diagnostic(`redraw ${median.toFixed(1)} ms (median of ${times.length}), heap ${heap.toFixed(0)} MB`);
  assert.ok(times.length >= 10, "the page did not redraw");
  assert.ok(median <= redrawLimit * 4, `a redraw took ${median} ms`);
  assert.ok(heap <= memoryLimit, `the page held ${heap} MB`);
});
