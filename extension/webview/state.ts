import type { Tab } from "../panel/messages.ts";

export type XAxis = "step" | "epoch" | "time";

/** What a person chose, kept by the editor: the panel comes back with it after a reload. */
export interface PanelState {
  readonly tab: Tab;
  /** Directories of the runs that are drawn. */
  readonly shown: readonly string[];
  /** A run keeps its colour, whatever else is shown or hidden later. */
  readonly colours: Readonly<Record<string, number>>;
  readonly x: XAxis;
  readonly smoothing: number;
  readonly logScale: boolean;
  readonly weighted: boolean;
  /** The x axis' ends, in its own unit; absent: everything. */
  readonly zoom?: readonly [number, number];
  /** Of the table view. */
  readonly tableRun?: string;
  /** The experiment file whose new runs are drawn as they begin. */
  readonly follow?: string;
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

/** The kept state, piece by piece where it is sound: an older version of the panel may have written it. */
export function restoreState(kept: unknown): PanelState | undefined {
  if (typeof kept !== "object" || kept === null) return undefined;
  const { tab, shown, colours, x, smoothing, logScale, weighted, zoom, tableRun, follow } = kept as Record<
    string,
    unknown
  >;
  return {
    tab: tab === "compare" || tab === "table" ? tab : "charts",
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
  };
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

/** Shows more runs; each new one gets the lowest colour that no shown run has. */
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
 * Shows these runs and no others, as a person asks who opens a run, a sweep or a comparison. The zoom was that of others, and
 * what is followed is another experiment's unless all are of it.
 */
export function withOnly(
  { follow, ...rest }: PanelState,
  directories: readonly string[],
  experiments: readonly string[],
): PanelState {
  const state = withZoom(
    { ...rest, shown: rest.shown.filter((own) => directories.includes(own)) },
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
