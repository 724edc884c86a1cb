import { type Tab, tabs } from "../panel/messages.ts";
import type { ChartChoice } from "./chartSections.ts";
import { restoreTable, type TableState } from "./runTable/tableState.ts";

export type XAxis = "step" | "epoch" | "time";

/** The person's choices, which the editor keeps: the panel restores them after a reload. */
export interface PanelState {
  readonly tab: Tab;
  /** Directories of the drawn runs. */
  readonly shown: readonly string[];
  /** A run keeps its colour, whatever is shown or hidden later. */
  readonly colours: Readonly<Record<string, number>>;
  readonly x: XAxis;
  readonly smoothing: number;
  readonly logScale: boolean;
  readonly weighted: boolean;
  /** Outliers are beyond the ends of the y axis. */
  readonly clip?: boolean;
  /** Ends of the x axis in its unit; absent: everything. */
  readonly zoom?: readonly [number, number];
  /** Of the table view. */
  readonly tableRun?: string;
  /** Of the result card: all of it is shown, not only its line. */
  readonly isCardOpen?: boolean;
  /** The experiment file whose new runs are drawn as they begin. */
  readonly follow?: string;
  /** Of the table of runs, once a person has set it. */
  readonly runTable?: TableState;
  /** Of many charts: what is searched for, and the sections that are folded. */
  readonly chartChoice?: ChartChoice;
}

export const initialState: PanelState = {
  tab: "charts",
  shown: [],
  colours: {},
  x: "step",
  smoothing: 0.6,
  logScale: false,
  weighted: false,
};

/** The saved state, each part where it is valid: an older version of the panel may have written it. */
export function restoreState(kept: unknown): PanelState | undefined {
  if (typeof kept !== "object" || kept === null) return undefined;
  const {
    tab,
    shown,
    colours,
    x,
    smoothing,
    logScale,
    weighted,
    zoom,
    tableRun,
    follow,
    isCardOpen,
    runTable,
    chartChoice,
    clip,
  } = kept as Record<string, unknown>;
  const table = restoreTable(runTable);
  return {
    tab: tabs.find((known) => known === tab) ?? "charts",
    shown: Array.isArray(shown) ? shown.filter((item) => typeof item === "string") : [],
    colours: isIndices(colours) ? colours : {},
    x: x === "epoch" || x === "time" ? x : "step",
    smoothing:
      typeof smoothing === "number" && smoothing >= 0 && smoothing < 1 ? smoothing : initialState.smoothing,
    logScale: logScale === true,
    weighted: weighted === true,
    ...(isRange(zoom) ? { zoom } : {}),
    ...(typeof tableRun === "string" ? { tableRun } : {}),
    ...(typeof follow === "string" ? { follow } : {}),
    ...(isCardOpen === true ? { isCardOpen } : {}),
    ...(table === undefined ? {} : { runTable: table }),
    ...(clip === true ? { clip } : {}),
    ...(isChoice(chartChoice) ? { chartChoice } : {}),
  };
}

export function isChoice(value: unknown): value is ChartChoice {
  const { text = "", folded = [] } = Object(value) as Record<string, unknown>;
  return (
    typeof value === "object" &&
    typeof text === "string" &&
    Array.isArray(folded) &&
    folded.every((name) => typeof name === "string")
  );
}

const isRange = (value: unknown): value is [number, number] =>
  Array.isArray(value) &&
  value.length === 2 &&
  value.every((end) => Number.isFinite(end)) &&
  value[0] < value[1];

const isIndices = (value: unknown): value is Record<string, number> =>
  typeof value === "object" &&
  value !== null &&
  Object.values(value).every((index) => Number.isSafeInteger(index));

/** Adds runs; each new one gets the lowest colour that no shown run has. */
export function withShown(state: PanelState, directories: readonly string[]): PanelState {
  const shown = [...state.shown];
  const colours = { ...state.colours };
  for (const directory of directories) {
    if (shown.includes(directory)) continue;
    const taken = new Set(shown.map((other) => colours[other]));
    const own = colours[directory];
    if (own === undefined || taken.has(own)) {
      let index = 0;
      while (taken.has(index)) index++;
      colours[directory] = index;
    }
    shown.push(directory);
  }
  return { ...state, shown, colours };
}

/**
 * Shows exactly these runs, as opening a run, a sweep or a comparison does, beside the one that was pinned to compare with.
 * Resets the zoom, which belonged to others, and stops following another experiment.
 */
export function withOnly(
  { follow, ...rest }: PanelState,
  directories: readonly string[],
  experiments: readonly string[],
): PanelState {
  const state = withZoom(
    {
      ...rest,
      shown: rest.shown.filter((own) => directories.includes(own) || own === rest.runTable?.pinned),
    },
    undefined,
  );
  const isStill = follow !== undefined && experiments.every((experiment) => experiment === follow);
  return { ...withShown(state, directories), ...(isStill ? { follow } : {}) };
}

export function withFollow({ follow: _, ...rest }: PanelState, follow: string | undefined): PanelState {
  return follow === undefined ? rest : { ...rest, follow };
}

export function withoutShown(state: PanelState, directories: readonly string[]): PanelState {
  return { ...state, shown: state.shown.filter((directory) => !directories.includes(directory)) };
}

export function withZoom(
  { zoom: _, ...rest }: PanelState,
  zoom: readonly [number, number] | undefined,
): PanelState {
  return zoom === undefined ? rest : { ...rest, zoom };
}
