import { colour, dash } from "../../server/chart/colours.ts";
import type { Scale } from "../../server/chart/scale.ts";
import type { Border, Reference } from "../../server/chart/svg.ts";
import type { RunSummary } from "../../server/protocol.ts";
import { networks, networkWords } from "../../server/statistics/networkWords.ts";
import { metricText } from "../../server/tasks/metricText.ts";
import { nameAmong } from "../runs/wording.ts";
import { meanOf } from "./bands.ts";
import { type ChartSpec, isOthers } from "./chartList.ts";
import type { Columns, RunData } from "./runData.ts";
import { groupName, groupsOf } from "./runTable/rows.ts";
import type { PanelState, XAxis } from "./state.ts";
import type { Theme } from "./theme.ts";
import type { Trace } from "./trace.ts";

/** A run in the charts: its summary, curves and colour. */
export interface ShownRun {
  readonly run: RunSummary;
  /** Among those that are drawn. */
  readonly name: string;
  readonly data: RunData;
  readonly colour: string;
  readonly dash: readonly number[];
}

export function shownRuns(
  state: PanelState,
  sources: { runs: ReadonlyMap<string, RunSummary>; data: ReadonlyMap<string, RunData>; theme: Theme },
): ShownRun[] {
  const drawn = state.shown.flatMap((directory) => {
    const run = sources.runs.get(directory);
    const data = sources.data.get(directory);
    return run === undefined || data === undefined ? [] : [{ run, data }];
  });
  const nameOf = nameAmong(drawn.map(({ run }) => run));
  return drawn.map(({ run, data }) => {
    const index = state.colours[run.directory] ?? 0;
    return { run, name: nameOf(run), data, colour: colour(index, sources.theme.kind), dash: dash(index) };
  });
}

/**
 * Positions of a series' points on the x axis. Time counts from the first drawn step: what came before it (reading
 * data, training the teacher) is not part of these curves and would push them to the right.
 */
function alongX(
  data: RunData,
  { series, x, columns }: { readonly series: string; readonly x: XAxis; readonly columns: Columns },
): readonly number[] {
  if (x !== "time") return columns[x];
  const { time } = columns;
  const from = data.overview.get(isOthers({ series }) ? series : "loss")?.time[0] ?? 0;
  const known = shifted.get(time);
  if (known?.from === from && known.along.length === time.length) return known.along;
  const along = time.map((seconds) => Math.max(0, seconds - from));
  shifted.set(time, { from, along });
  return along;
}

/** The same array as long as it is the same: what is drawn of it is kept by it. */
const shifted = new WeakMap<
  readonly number[],
  { readonly from: number; readonly along: readonly number[] }
>();

/** The steps of the zoomed range over all runs, which the server reads in detail. */
export function stepRange(data: RunData, x: XAxis, zoom: readonly [number, number]): [number, number] {
  if (x === "step") return [Math.max(0, Math.floor(zoom[0])), Math.max(0, Math.ceil(zoom[1]))];
  const columns = data.overview.get("loss");
  if (columns === undefined) return [0, 0];
  const along = alongX(data, { series: "loss", x, columns });
  let from = 0;
  let to = columns.step.at(-1) ?? 0;
  for (let i = 0; i < along.length; i++) {
    if ((along[i] ?? 0) <= zoom[0]) from = columns.step[i] ?? 0;
    if ((along[i] ?? 0) >= zoom[1]) {
      to = columns.step[i] ?? to;
      break;
    }
  }
  return [from, to];
}

/** The x range of the student's charts: the zoomed part, or everything. */
export function xScale(runs: readonly ShownRun[], state: PanelState): Scale {
  if (state.zoom !== undefined) return { min: state.zoom[0], max: state.zoom[1], log: false };
  return wholeScale(runs, state, (series) => !isOthers({ series }));
}

/** The x range of a chart: the student's charts share one; another network's chart always shows all its steps. */
export const scaleOf = (runs: readonly ShownRun[], spec: ChartSpec, state: PanelState): Scale =>
  isOthers(spec) ? wholeScale(runs, state, (series) => series === spec.series) : xScale(runs, state);

function wholeScale(
  runs: readonly ShownRun[],
  { x }: PanelState,
  isDrawn: (series: string) => boolean,
): Scale {
  let max = 0;
  for (const { data } of runs) {
    for (const [series, columns] of data.overview)
      if (isDrawn(series)) max = Math.max(max, alongX(data, { series, x, columns }).at(-1) ?? 0);
  }
  return { min: 0, max: max || 1, log: false };
}

/** A line a run; of runs in groups, as in the table of runs, the mean of each group with its band. */
export function tracesOf(runs: readonly ShownRun[], spec: ChartSpec, state: PanelState): Trace[] {
  const { group } = state.runTable ?? {};
  const traces = runTraces(runs, spec, state);
  if (group === undefined) return traces;
  const drawn = new Set(traces.map(({ key }) => key));
  const shown = runs.flatMap(({ run }) => (drawn.has(run.directory) ? [run] : []));
  return [...groupsOf(shown, group)].flatMap(([key, members]) => {
    const own = traces.filter((trace) => members.some(({ directory }) => directory === trace.key));
    const mean = meanOf(own, `${groupName(members, group)} (${own.length})`);
    return mean === undefined ? [] : [{ ...mean, key }];
  });
}

function runTraces(runs: readonly ShownRun[], spec: ChartSpec, state: PanelState): Trace[] {
  return runs.flatMap(({ run, name, data, colour: stroke, dash: dashes }) => {
    const zoom = isOthers(spec) ? undefined : state.zoom;
    const columns = data.columns(spec.series, zoom && stepRange(data, state.x, zoom));
    if (columns === undefined || columns.step.length === 0) return [];
    return [
      {
        key: run.directory,
        run: name,
        colour: stroke,
        dash: dashes,
        x: alongX(data, { series: spec.series, x: state.x, columns }),
        low: columns.min,
        high: columns.max,
        last: columns.last,
      },
    ];
  });
}

/** Where stages begin, along the axis of the student's charts; runs with the same borders share a line. */
export function bordersOf(runs: readonly ShownRun[], spec: ChartSpec, { x }: PanelState): Border[] {
  if (isOthers(spec)) return [];
  const found = new Map<string, Border>();
  for (const { run, data } of runs) {
    const columns = data.overview.get("loss");
    if (columns === undefined) continue;
    const along = alongX(data, { series: "loss", x, columns });
    for (const { name, step } of run.stages?.slice(1) ?? []) {
      if (step === undefined) continue;
      // The last point before the border; points may stand for several steps.
      const at = x === "step" ? step : along[columns.step.findLastIndex((reported) => reported <= step)];
      if (at !== undefined) found.set(`${name} ${at}`, { x: at, label: name });
    }
  }
  return [...found.values()].slice(0, 12);
}

/**
 * Teacher and baselines as levels in the charts of validation metrics, where they were measured; runs with equal levels
 * share a line.
 */
export function referencesOf(runs: readonly ShownRun[], spec: ChartSpec): Reference[] {
  const name = spec.series.slice(spec.series.lastIndexOf(".") + 1);
  if (!spec.series.startsWith("validation.")) return [];
  const found = new Map<string, Reference>();
  for (const { run } of runs) {
    for (const network of networks) {
      const value = run.metrics[`${network}.validation.${name}`];
      if (value === undefined) continue;
      const label = `${networkWords(network)} ${metricText(spec.series, value)}`;
      found.set(label, { label, value });
    }
  }
  return [...found.values()].slice(0, 6);
}
