import fs from "node:fs";
import process from "node:process";
import { type Browser, chromium, type Page } from "playwright-core";
import type { HostMessage, PanelMessage } from "../../extension/panel/messages.ts";
import type { RunSummary, Series } from "../../server/protocol.ts";
import { patience } from "./until.ts";

/** The chart panel alone in a browser, with a host that answers as the extension does. */
export interface PanelPage {
  readonly page: Page;
  /** What the panel said, beside its questions for series. */
  readonly said: PanelMessage[];
  /** Its questions for series. */
  readonly reads: PanelMessage[];
  tell(message: HostMessage): Promise<void>;
  close(): Promise<void>;
}

export interface PanelHost {
  readonly runs: readonly RunSummary[];
  readonly shown: readonly string[];
  readonly answers?: Readonly<Record<string, string>>;
  readonly series: readonly string[];
  /** A series of a run, as the server buckets it. */
  readonly read: (run: string, name: string, buckets: number, range?: readonly [number, number]) => Series;
  readonly lastSeq: number;
  /** No series is sent before. */
  readonly held?: Promise<unknown>;
  readonly state?: unknown;
  /** How the page was set that this one stands in for, as the host writes it into the page. */
  readonly given?: object;
  /** The workspace's layout, likewise. */
  readonly layout?: object;
  /** Runs in the page before the panel's own; its `answerHere` answers questions for series in the place of `read`. */
  readonly script?: string;
}

const dist = new URL("../../dist/webview/", import.meta.url);

export async function openPanelPage(host: PanelHost): Promise<PanelPage> {
  const browser: Browser = await chromium.launch({
    timeout: patience,
    executablePath: process.env["VSCODE_E2E_CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--js-flags=--expose-gc", "--enable-precise-memory-info"],
  });
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(patience);
  const said: PanelMessage[] = [];
  const reads: PanelMessage[] = [];
  await page.exposeFunction("hostAnswers", async (message: PanelMessage): Promise<HostMessage[]> => {
    if (message.type === "ready") {
      return [
        {
          type: "runs",
          runs: host.runs,
          answers: host.answers ?? {},
          loaded: true,
          isDown: false,
          defaults: { smoothing: 0.6, logScale: false },
        },
        ...(host.shown.length > 0 ? [{ type: "show", directories: host.shown } as const] : []),
      ];
    }
    if (message.type !== "read") {
      said.push(message);
      return [];
    }
    reads.push(message);
    await host.held;
    const { request, directory, buckets, range } = message;
    const series = Object.fromEntries(
      message.series.map((name) => [name, host.read(directory, name, buckets, range)]),
    );
    const result = { series, available: host.series, lastSeq: host.lastSeq };
    return [{ type: "series", request, directory, result }];
  });
  await page.setContent(
    '<!doctype html><body class="vscode-dark" style="--vscode-editor-background:#1f1f1f;--vscode-foreground:#ccc;--vscode-font-size:13px;--vscode-font-family:sans-serif"><main id="panel"></main></body>',
  );
  await page.locator("#panel").evaluate(
    (main, data) => {
      for (const [name, value] of Object.entries(data))
        if (value !== undefined) main.dataset[name] = JSON.stringify(value);
    },
    { state: host.given, layout: host.layout },
  );
  await page.addStyleTag({ content: fs.readFileSync(new URL("style.css", dist), "utf8") });
  await page.evaluate(`
    globalThis.keptState = ${JSON.stringify(host.state ?? null)};
    globalThis.acquireVsCodeApi = () => ({
      postMessage: (message) => message.type === "read" && globalThis.answerHere
        ? window.postMessage(answerHere(message))
        : hostAnswers(message).then((answers) => answers.forEach((answer) => window.postMessage(answer))),
      getState: () => globalThis.keptState ?? undefined,
      setState: (state) => { globalThis.keptState = state; },
    });
    // How long each animation frame's work takes: the page draws in frames only.
    globalThis.drawTimes = [];
    globalThis.nextFrame = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (draw) => nextFrame((now) => {
      const begun = performance.now();
      draw(now);
      globalThis.drawTimes.push(performance.now() - begun);
    });`);
  await page.evaluate(host.script ?? "");
  const panel = fs.readFileSync(new URL("panel.js", dist), "utf8");
  await page.addScriptTag({ content: `globalThis.begun = performance.now();${panel}` });
  return {
    page,
    said,
    reads,
    tell: (message) => page.evaluate(`postMessage(${JSON.stringify(message)})`),
    close: () => browser.close(),
  };
}

/** A promise in the page, resolved once no work has been done in a frame for a while. */
export const atRest = `new Promise((resolve) => {
  let [seen, quiet] = [0, 0];
  const look = () => {
    quiet = drawTimes.length === seen ? quiet + 1 : 0;
    seen = drawTimes.length;
    if (quiet > 5) resolve();
    else nextFrame(look);
  };
  nextFrame(look);
})`;

export const summary = (index: number, more: Partial<RunSummary> = {}): RunSummary => ({
  id: `run-${index}`,
  directory: `/runs/${index}`,
  experiment: "/mnist.distill.json",
  name: `run ${index}`,
  state: "completed",
  startedAt: new Date(1.75e12 + index * 1e6).toISOString(),
  elapsedSeconds: 100,
  step: 1000,
  totalSteps: 1000,
  metrics: { "validation.accuracy": 0.9 + index / 1000 },
  ...more,
});

/** As the server buckets: least, greatest and last of each stretch of the range. */
export function bucketed(
  value: (step: number) => number,
  { from = 1, to, buckets }: { from?: number; to: number; buckets: number },
): Series {
  const count = Math.min(buckets, to - from + 1);
  const width = (to - from + 1) / count;
  const step: number[] = [];
  const min: number[] = [];
  const max: number[] = [];
  const last: number[] = [];
  for (let bucket = 0; bucket < count; bucket++) {
    const end = Math.round(from + (bucket + 1) * width) - 1;
    const start = Math.round(from + bucket * width);
    // Three values of a stretch are enough for what is tested here.
    const values = [start, (start + end) >> 1, end].map(value);
    step.push(end);
    min.push(Math.min(...values));
    max.push(Math.max(...values));
    last.push(value(end));
  }
  return { step, min, max, last, time: step.map((at) => at / 1000), epoch: step.map((at) => at / 100) };
}
