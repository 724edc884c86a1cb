import type { HostMessage } from "../extension/panel/messages.ts";
import type { RunSummary } from "../server/protocol.ts";
import { atRest, bucketed, openPanelPage, type PanelPage, summary } from "../test/e2e/panelPage.ts";
import { until } from "../test/e2e/until.ts";
import { quantile, rounded, type Spread, spread } from "./statistics.ts";

/** In Chromium without a GPU: its threads of software rendering share the cores with the page. */
export interface PanelTimes {
  readonly open: {
    readonly runs: number;
    readonly steps: number;
    readonly charts: number;
    /** From the start of the page's script to the frame after its first curve. Goal: 300 ms. */
    readonly firstPaintMs: Spread;
    /** The same, to the curves of all runs. */
    readonly wholeMs: Spread;
    /** Work of the page until all curves are drawn anew, in however many frames. */
    readonly redrawMs: Spread;
    /** The longest work in one of those frames. Goal: 16 ms. */
    readonly longestMs: Spread;
    /** Goal: 200 MB. */
    readonly heapMb: number;
  };
  readonly scroll: {
    readonly rows: number;
    /** Between two frames during a scroll over the table of runs. Goal: 16.7 ms. */
    readonly frameMs: Spread & { readonly p95: number };
    /** Share of those frames that came no later than a display of 60 Hz shows them. */
    readonly inTime: number;
    /** Work of the page for such a frame. */
    readonly workMs: Spread & { readonly p95: number };
  };
}

/** The panel's page with all its data at hand: what the page itself takes, without the reading of logs (bench/runs.ts). */
export async function benchPanel({
  runs = 200,
  steps = 1_000_000,
  rows = 5000,
  repeats = 5,
} = {}): Promise<PanelTimes> {
  return { open: await benchOpen({ runs, steps, repeats }), scroll: await benchScroll(rows) };
}

const drawn = ["loss", "terms.kd.raw", "terms.ce.raw", "learningRate", "gradNorm", "validation.accuracy"];

async function benchOpen({ runs: count, steps, repeats }: { runs: number; steps: number; repeats: number }) {
  const runs = Array.from({ length: count }, (_, index) => summary(index, { step: steps }));
  const host = {
    ...{ runs, shown: runs.map(({ directory }) => directory), series: drawn, lastSeq: steps },
    read: () => bucketed(() => 0, { to: 1, buckets: 1 }),
    script: answersAtOnce(runs, steps),
  };
  const [first, whole, redraws, longest, heaps] = [[], [], [], [], []] as [
    number[],
    number[],
    number[],
    number[],
    number[],
  ];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const panel = await openPanelPage(host);
    try {
      const { page } = panel;
      const times = await until("all curves", async () => {
        const seen = (await page.evaluate("globalThis.opening")) as [number, number][];
        return seen.at(-1)?.[1] === count ? seen : undefined;
      });
      first.push(times[0]?.[0] ?? Number.NaN);
      whole.push(times.at(-1)?.[0] ?? Number.NaN);
      for (const frames of await redrawTimes(panel)) {
        redraws.push(frames.reduce((sum, ms) => sum + ms, 0));
        longest.push(Math.max(...frames));
      }
      heaps.push(Number(await page.evaluate("gc(), performance.memory.usedJSHeapSize")) / 1e6);
    } finally {
      await panel.close();
    }
  }
  return {
    ...{ runs: count, steps, charts: drawn.length },
    ...{
      firstPaintMs: spread(first),
      wholeMs: spread(whole),
      redrawMs: spread(redraws),
      longestMs: spread(longest),
    },
    heapMb: rounded(Math.max(...heaps)),
  };
}

/** Moves the slider of smoothing, which changes every curve. @returns the work of each frame until none follows, by movement */
async function redrawTimes({ page }: PanelPage): Promise<number[][]> {
  const times: number[][] = [];
  for (let at = 0; at < 12; at++) {
    await page.evaluate("globalThis.drawTimes.length = 0");
    await page.locator('input[type="range"]').fill(String(0.3 + at / 50));
    await page.evaluate(atRest);
    times.push((await page.evaluate("globalThis.drawTimes")) as number[]);
  }
  return times;
}

/** As many points of a series as the page asks for where it draws so many runs. */
const buckets = 150;

/**
 * A script that answers questions for series in the page, of curves that it has made before, and notes in `opening` after
 * each frame how many runs have a curve by then: `[milliseconds since the page's script began, runs]`.
 */
const answersAtOnce = (runs: readonly RunSummary[], steps: number): string => `
  const bucketed = ${bucketed};
  const curve = (own) => (at) => 2 * Math.exp((-3 * at) / ${steps}) + 0.1 + own / 200 + 0.05 * Math.sin(at * 12.9898);
  const curves = new Map(${JSON.stringify(runs.map(({ directory }) => directory))}.map((directory, own) =>
    [directory, bucketed(curve(own), { to: ${steps}, buckets: ${buckets} })]));
  globalThis.answerHere = ({ request, directory, series: names, buckets }) => {
    if (buckets !== ${buckets}) throw new Error("The page asks for " + buckets + " points, and ${buckets} are made.");
    const series = Object.fromEntries(names.map((name) => [name, curves.get(directory)]));
    const result = { series, available: ${JSON.stringify(drawn)}, lastSeq: ${steps} };
    return { type: "series", request, directory, result };
  };
  globalThis.opening = [];
  const note = () => {
    const readout = document.querySelector(".chart .readout");
    const values = readout?.querySelectorAll(".value").length ?? 0;
    const others = Number(readout?.querySelector(".note")?.textContent ?? 0);
    if (values > 0) opening.push([performance.now() - begun, values + others]);
    if (values + others < ${runs.length}) nextFrame(note);
  };
  nextFrame(note);`;

async function benchScroll(rows: number): Promise<PanelTimes["scroll"]> {
  const runs = Array.from({ length: rows }, (_, index) => summary(index));
  const read = () => bucketed(() => 1, { to: 1, buckets: 1 });
  const panel = await openPanelPage({ runs, shown: [], series: ["loss"], lastSeq: 1, read });
  try {
    const { page } = panel;
    await page.getByRole("tab", { name: "Runs" }).click();
    await page.locator(".runs tbody tr").nth(1).waitFor();
    await panel.tell(settingsOf(runs));
    await page.locator(".runs thead th", { hasText: "temperature" }).waitFor();
    await page.evaluate(`
      globalThis.frames = [];
      drawTimes.length = 0;
      const frame = (now) => {
        frames.push(now);
        nextFrame(frame);
      };
      nextFrame(frame);`);
    const gesture = await page.context().newCDPSession(page);
    const [yDistance, speed] = [-40_000, 8000];
    await gesture.send("Input.synthesizeScrollGesture", { x: 700, y: 500, yDistance, speed });
    const { frames, work, top } = (await page.evaluate(
      '({ frames, work: drawTimes, top: document.querySelector(".run-table").scrollTop })',
    )) as { frames: number[]; work: number[]; top: number };
    if (top < -yDistance * 0.9) throw new Error(`The table was scrolled by ${top} px of ${-yDistance}.`);
    const between = frames.slice(1).map((at, index) => at - (frames[index] ?? at));
    return {
      rows,
      frameMs: { ...spread(between), p95: quantile(between, 0.95) },
      inTime: rounded(between.filter((ms) => ms < frameMs + 0.5).length / between.length),
      workMs: { ...spread(work), p95: quantile(work, 0.95) },
    };
  } finally {
    await panel.close();
  }
}

const frameMs = 1000 / 60;

/** Five settings of a sweep, each with a dozen values. */
function settingsOf(runs: readonly RunSummary[]): HostMessage & { type: "settings" } {
  const paths = ["losses[0].temperature", "losses[0].weight", "optimizer.learningRate", "batchSize", "seed"];
  const values = Array.from({ length: 12 }, (_, index) => index + 1);
  const differ = paths.map((path, of) => ({
    ...{ path, values },
    of: runs.map((_, index) => (index * (of + 5)) % values.length),
  }));
  return {
    type: "settings",
    directories: runs.map(({ directory }) => directory),
    table: { differ, same: {} },
  };
}
