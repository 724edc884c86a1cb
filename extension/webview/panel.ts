import type { RunSummary } from "../../server/protocol.ts";
import type { CardRead, Defaults, HostMessage, RunDetails } from "../panel/messages.ts";
import { ChartGrid } from "./chartGrid.ts";
import { chartsOf } from "./chartList.ts";
import { compareView } from "./compareView.ts";
import { element } from "./dom.ts";
import { emptyState } from "./emptyState.ts";
import { chartsAsPng, chartsAsSvg } from "./export.ts";
import { host, keepState, keptLayout, keptState, listen } from "./host.ts";
import { InspectView } from "./inspection/inspectView.ts";
import { layoutOf, withLayout } from "./layout.ts";
import { type ShownRun, shownRuns, stepRange, xScale } from "./page.ts";
import { Readings } from "./readings.ts";
import { ResultCardView } from "./resultCard.ts";
import { RunData } from "./runData.ts";
import { RunLegend } from "./runLegend.ts";
import type { KnownSettings } from "./runTable/columns.ts";
import { RunsView } from "./runTable/runsView.ts";
import { changedTable, initialTable } from "./runTable/tableState.ts";
import {
  initialState,
  type PanelState,
  restoreState,
  withFollow,
  withOnly,
  withoutShown,
  withShown,
  withZoom,
} from "./state.ts";
import { runChooser, tableView } from "./tableView.ts";
import { onThemeChange, readTheme } from "./theme.ts";
import { type ExportFormat, Toolbar } from "./toolbar.ts";
import { WarningLines } from "./warningLines.ts";

/** Points of a series per run: as many as the widest chart can show, fewer where it shows many runs. */
const bucketsFor = (runs: number): number =>
  Math.round(Math.min(600, Math.max(150, 7200 / Math.max(1, runs))));

const kept = restoreState(keptState());
let state: PanelState = kept ?? withLayout(initialState, keptLayout());
let untouched = kept === undefined;
let runs = new Map<string, RunSummary>();
let listed: readonly RunSummary[] = [];
/** What sweeps have found, by their directories. */
let answers: Readonly<Record<string, string>> = {};
let loaded = false;
let isDown = false;
let theme = readTheme();
const data = new Map<string, RunData>();
const details = new Map<string, RunDetails>();
/** Of completed runs, once they are asked for. */
const cards = new Map<string, CardRead | undefined>();
/** Of the runs in the table; asked for when its runs are others. */
let settings: KnownSettings | undefined;
let settingsOf = "";
const readings = new Readings();

// --- the page -------------------------------------------------------------------------------------------------------

const legend = new RunLegend({
  show: (directories, shown) =>
    setState(shown ? withShown(state, directories) : withoutShown(state, directories)),
  follow: (experiment) => setState(withFollow(state, experiment)),
  showTable: () => setState({ ...state, tab: "runs" }),
  ungroup: () =>
    setState({ ...state, runTable: changedTable(state.runTable ?? initialTable, { group: undefined }) }),
  highlight: (directory) => charts.highlight(directory),
});
const toolbar = new Toolbar({
  set: (change) => setState({ ...(change.x === undefined ? state : withZoom(state, undefined)), ...change }),
  zoomBy: (factor) => {
    const { min, max } = xScale(shown(), state);
    zoomBy(factor, (min + max) / 2);
  },
  resetZoom: () => zoom(undefined),
  exportAs: (format) => void exportAs(format),
});
const warnings = new WarningLines();
const card = new ResultCardView({
  open: (isCardOpen) => {
    if (isCardOpen !== (state.isCardOpen ?? false)) setState({ ...state, isCardOpen });
  },
  report: (directory) => host.postMessage({ type: "command", command: "report", directory }),
});
const inspect = new InspectView({
  ask: (directory, query) =>
    host.postMessage({ type: "inspect", directory, ...(query === undefined ? {} : { query }) }),
  theme,
});
const runsView = new RunsView({
  set: (change) => setState({ ...state, runTable: changedTable(state.runTable ?? initialTable, change) }),
  show: (directories, shown) =>
    setState(shown ? withShown(state, directories) : withoutShown(state, directories)),
  toggle: (directory) =>
    setState(
      state.shown.includes(directory) ? withoutShown(state, [directory]) : withShown(state, [directory]),
    ),
  open: (directory) =>
    setState({
      ...withOnly(state, [directory], [runs.get(directory)?.experiment ?? ""]),
      tab: "charts",
    }),
  annotate: (directory, annotation) => host.postMessage({ type: "annotate", directory, ...annotation }),
});
const view = element("div", { attributes: { id: "view", role: "tabpanel" } });
const live = element("div", { class: "unseen", attributes: { "aria-live": "polite" } });
const charts = new ChartGrid({
  zoom,
  zoomBy,
  panBy,
  announce: (words) => live.replaceChildren(words),
  choose: (chartChoice) => setState({ ...state, chartChoice }),
});
document
  .querySelector("#panel")
  ?.append(
    toolbar.root,
    warnings.root,
    card.root,
    element("div", { class: "body" }, [legend.root, view]),
    live,
  );

// --- state ----------------------------------------------------------------------------------------------------------

function setState(next: PanelState): void {
  const before = state;
  state = next;
  untouched = false;
  keepState(state, layoutOf(state));
  if (before.shown !== next.shown || before.weighted !== next.weighted) readMissing();
  if (before.zoom !== next.zoom || before.x !== next.x) readDetailSoon();
  redraw();
}

function zoom(range: readonly [number, number] | undefined): void {
  if (range === undefined) {
    setState(withZoom(state, undefined));
    return;
  }
  const { max } = xScale(shown(), withZoom(state, undefined));
  const width = Math.min(range[1] - range[0], max);
  if (!(width > 0)) return;
  // The range stays within the data: panning stops at the ends, and zooming out ends with everything.
  const from = Math.min(Math.max(0, range[0]), max - width);
  setState(withZoom(state, width >= max ? undefined : [from, from + width]));
}

// Reads the state and not the drawn range: several keys may be pressed within one frame.
function zoomBy(factor: number, at: number): void {
  const { min, max } = xScale(shown(), state);
  zoom([at - (at - min) * factor, at + (max - at) * factor]);
}

function panBy(share: number): void {
  const { min, max } = xScale(shown(), state);
  const by = (max - min) * share;
  if (state.zoom !== undefined) zoom([min + by, max + by]);
}

const shown = (): ShownRun[] => shownRuns(state, { runs, data, theme });

// --- reading --------------------------------------------------------------------------------------------------------

/** The series of a run that some chart draws. */
const drawnOf = (available: readonly string[]): string[] =>
  chartsOf(new Set(available), state.weighted).map(({ series }) => series);

/** What some run has, and another one most likely has too, so that it is asked for once. */
let usual: readonly string[] = [];

/** Longest time in which the other runs wait for the first one. */
const firstMs = 2000;
let isFirstAsked = false;
let restTimer: number | undefined;

function readMissing(): void {
  for (const directory of state.shown) if (runs.has(directory)) dataOf(directory);
  // Hundreds of answers come before a frame does: one run is read and drawn, then the others.
  if (isFirstAsked && restTimer === undefined) readAll();
  else if (!isFirstAsked) {
    const first = state.shown.find((directory) => runs.has(directory));
    if (first === undefined) return;
    isFirstAsked = true;
    restTimer = window.setTimeout(readRest, firstMs);
    read(first);
  }
}

function readRest(): void {
  if (restTimer === undefined) return;
  clearTimeout(restTimer);
  restTimer = undefined;
  readAll();
}

function readAll(): void {
  for (const directory of state.shown) {
    // Runs are listed every second: a server that takes longer than that to answer would never be heard.
    if (readings.isWaiting(directory)) continue;
    const known = data.get(directory);
    const wanted = drawnOf(known?.available ?? []);
    if (known === undefined || known.lastSeq < 0 || wanted.some((name) => !known.overview.has(name)))
      read(directory);
  }
}

function dataOf(directory: string): RunData {
  const own = data.get(directory) ?? new RunData(directory);
  data.set(directory, own);
  return own;
}

function read(directory: string): void {
  if (!runs.has(directory)) return;
  const own = dataOf(directory);
  const buckets = bucketsFor(state.shown.length);
  const ask = (series: readonly string[]) =>
    readings.read(directory, { directory, series, buckets }, (result) => {
      if (result.available.length > 0) usual = result.available;
      const wanted = drawnOf(result.available);
      // The first reading lists the series; the second one reads those that were not known before.
      if (wanted.some((name) => !series.includes(name))) {
        ask(wanted);
        return;
      }
      own.setOverview(result);
      redrawAnswer();
    });
  ask(drawnOf(own.available.length > 0 ? own.available : usual));
}

let detailTimer: number | undefined;
function readDetailSoon(): void {
  clearTimeout(detailTimer);
  // While the wheel turns, the coarse curve suffices.
  detailTimer = window.setTimeout(() => {
    if (state.zoom === undefined) return;
    for (const { data: own } of shown()) {
      const [from, to] = stepRange(own, state.x, state.zoom);
      const margin = Math.ceil((to - from) * 0.1);
      const range: [number, number] = [Math.max(0, from - margin), to + margin];
      const series = drawnOf(own.available);
      const { directory } = own;
      const buckets = bucketsFor(state.shown.length);
      readings.read(`${directory} detail`, { directory, series, range, buckets }, (result) => {
        own.setDetail(range, result);
        redrawAnswer();
      });
    }
  }, 120);
}

// --- drawing --------------------------------------------------------------------------------------------------------

/** What was opened may stand below the newest runs. */
let isToReveal = false;
let drawing = false;
/** Least time between two drawings of answers while others are waited for. */
const readingMs = 100;
let drawnAt = Number.NEGATIVE_INFINITY;
/** Draws all changes of a frame once, at its end. */
function redraw(): void {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    draw();
    drawnAt = performance.now();
    if (restTimer !== undefined && !readings.areWaiting) requestAnimationFrame(readRest);
  });
}

let answerTimer: number | undefined;
/** Draws the first and the last answer at once: of hundreds, a drawing of each would delay the next ones. */
function redrawAnswer(): void {
  clearTimeout(answerTimer);
  const wait = readings.areWaiting ? drawnAt + readingMs - performance.now() : 0;
  if (wait > 0) answerTimer = window.setTimeout(redraw, wait);
  else redraw();
}

function draw(): void {
  const drawn = shown();
  const strokes = new Map(drawn.map((run) => [run.run.directory, run]));
  toolbar.update(state);
  legend.update({
    runs: [...runs.values()],
    shown: new Set(state.shown),
    experiment: shownExperiment(),
    follow: state.follow,
    group: state.tab === "charts" ? state.runTable?.group : undefined,
    strokeOf: (directory) => strokes.get(directory),
  });
  const isTable = state.tab === "runs" && runs.size > 0;
  legend.root.hidden = runs.size === 0 || isTable;
  view.classList.toggle("whole", isTable);
  if (isToReveal && drawn.length > 0) {
    legend.reveal();
    isToReveal = false;
  }
  toolbar.root.hidden = loaded && runs.size === 0;
  warnings.update(isTable ? [] : drawn);
  drawCard(isTable ? [] : drawn);
  if (isTable) {
    leaveInspection();
    drawRuns(strokes);
    return;
  }
  const isCompared = state.tab === "compare";
  const isInspected = state.tab === "inspect";
  const isUnread = isCompared && isDown && drawn.some(({ run }) => !details.has(run.directory));
  const empty = emptyState({
    tab: state.tab,
    loaded,
    isDown,
    known: runs.size,
    shown: drawn.map(({ run }) => run),
    hasPoints:
      isCompared || isInspected
        ? drawn.length > 0 && !isUnread
        : drawn.some(({ data: own }) => own.length > 0),
    reading:
      isUnread ||
      (!isInspected && drawn.some(({ data: own }) => own.lastSeq < 0)) ||
      (state.shown.length > 0 && drawn.length === 0),
    command: (command, directory) =>
      host.postMessage({ type: "command", command, ...(directory === undefined ? {} : { directory }) }),
  });
  if (!isInspected || empty !== undefined) leaveInspection();
  if (empty !== undefined) view.replaceChildren(empty);
  else if (isInspected) drawInspect(drawn);
  else if (state.tab === "compare") drawCompare(drawn);
  else if (state.tab === "table") drawTable(drawn);
  else {
    if (view.firstElementChild !== charts.root) view.replaceChildren(charts.root);
    charts.draw(drawn, { state, theme });
  }
}

/** Of several runs, the comparison has the verdict. */
function drawCard([only, ...others]: readonly ShownRun[]): void {
  const run = others.length === 0 && only?.run.state === "completed" ? only.run : undefined;
  const { directory = "" } = run ?? {};
  if (run !== undefined && !cards.has(directory)) {
    cards.set(directory, undefined);
    host.postMessage({ type: "readCard", directory });
  }
  card.update(directory, cards.get(directory), state.isCardOpen ?? false);
}

function drawCompare(drawn: readonly ShownRun[]): void {
  const missing = drawn.filter(({ run }) => !details.has(run.directory)).map(({ run }) => run.directory);
  if (missing.length > 0) host.postMessage({ type: "readDetails", directories: missing });
  view.replaceChildren(compareView(drawn, details, answers));
}

function drawRuns(strokes: ReadonlyMap<string, ShownRun>): void {
  const directories = [...runs.keys()];
  const key = directories.join("\n");
  if (key !== settingsOf && !isDown) {
    settingsOf = key;
    host.postMessage({ type: "readSettings", directories });
  }
  if (view.firstElementChild !== runsView.root) view.replaceChildren(runsView.root);
  runsView.update({
    runs: listed,
    settings,
    state: state.runTable ?? initialTable,
    shown: new Set(state.shown),
    strokeOf: (directory) => strokes.get(directory),
  });
}

let isInspecting = false;
function drawInspect(drawn: readonly ShownRun[]): void {
  const { run } = drawn.find(({ run }) => run.directory === state.tableRun) ?? (drawn[0] as ShownRun);
  if (run.state === "running") {
    leaveInspection();
    view.replaceChildren(element("p", { text: "A run has predictions to look at once it has ended." }));
    return;
  }
  isInspecting = true;
  const directories = drawn.map(({ run: { directory } }) => directory).join("\n");
  if (inspect.root.parentElement !== view || view.dataset["runs"] !== directories) {
    view.dataset["runs"] = directories;
    const choose = (tableRun: string) => setState({ ...state, tableRun });
    view.replaceChildren(
      ...(drawn.length > 1 ? [runChooser(drawn, run.directory, choose)] : []),
      inspect.root,
    );
  }
  inspect.show(run.directory);
}

/** Its process holds the samples. */
function leaveInspection(): void {
  if (!isInspecting) return;
  isInspecting = false;
  inspect.show(undefined);
  host.postMessage({ type: "leaveInspection" });
}

function drawTable(drawn: readonly ShownRun[]): void {
  // The focus is in the table: it is redrawn on the next visit.
  if (view.contains(document.activeElement) && document.activeElement?.tagName === "SELECT") return;
  view.replaceChildren(tableView(drawn, state.tableRun, (tableRun) => setState({ ...state, tableRun })));
}

// --- export ---------------------------------------------------------------------------------------------------------

async function exportAs(format: ExportFormat): Promise<void> {
  const name = `${shown()[0]?.run.name.replace(/[^\w.-]+/g, "-") ?? "charts"}-charts`;
  if (format === "csv") host.postMessage({ type: "saveCsv", name, directories: state.shown });
  else {
    const drawn = charts.inOrder();
    const data = format === "svg" ? chartsAsSvg(drawn).svg : await chartsAsPng(drawn);
    host.postMessage({ type: "save", format, name, data });
  }
}

// --- messages -------------------------------------------------------------------------------------------------------

/** Newest first: ids begin with the start time. */
function allRuns({ runs: told, removed }: HostMessage & { type: "runs" }): readonly RunSummary[] {
  if (removed === undefined) return told;
  const all = new Map(runs);
  for (const directory of removed) all.delete(directory);
  for (const run of told) all.set(run.directory, run);
  return [...all.values()].sort((a, b) => (a.id < b.id ? 1 : -1));
}

function takeRuns(list: readonly RunSummary[], known: boolean, defaults: Defaults): void {
  const before = runs;
  const hadNone = loaded && before.size === 0;
  runs = new Map(list.map((run) => [run.directory, run]));
  listed = list;
  loaded = known;
  if (untouched) state = { ...state, smoothing: defaults.smoothing, logScale: defaults.logScale };
  for (const run of list) {
    const was = before.get(run.directory);
    if (was?.state === run.state && was.name === run.name) continue;
    // A finished run's last event (latency) exists only now,
    details.delete(run.directory);
    cards.delete(run.directory);
    // and its end, drawn point by point so far, is bucketed like the rest.
    if (was?.state === "running" && state.shown.includes(run.directory)) read(run.directory);
  }
  // The page has said that the first run will be drawn.
  const [first] = hadNone ? list : [];
  const begun = [...(first ? [first] : []), ...list.filter((run) => isNextShown(run, before))].map(
    ({ directory }) => directory,
  );
  if (begun.length > 0) setState(withShown(state, begun));
  readMissing();
  redraw();
}

/** Draws each new run of a drawn sweep, and of the followed experiment. */
function isNextShown(
  { directory, experiment, member }: RunSummary,
  before: ReadonlyMap<string, RunSummary>,
): boolean {
  if (before.size === 0 || before.has(directory)) return false;
  if (experiment === state.follow) return true;
  return member !== undefined && state.shown.some((shown) => runs.get(shown)?.member?.sweep === member.sweep);
}

/** The experiment of all drawn runs; undefined where there are none, or several experiments. */
function shownExperiment(): string | undefined {
  const [first, ...others] = state.shown.flatMap((directory) => runs.get(directory)?.experiment ?? []);
  return others.every((experiment) => experiment === first) ? first : undefined;
}

listen((message: HostMessage) => {
  switch (message.type) {
    case "runs":
      isDown = message.isDown;
      answers = message.answers;
      takeRuns(allRuns(message), message.loaded, message.defaults);
      return;
    case "show":
      setState({
        ...withOnly(
          state,
          message.directories,
          message.directories.flatMap((directory) => runs.get(directory)?.experiment ?? []),
        ),
        ...(message.tab === undefined ? {} : { tab: message.tab }),
      });
      isToReveal = true;
      return;
    case "series":
      readings.answer(message.request, message.result);
      return;
    case "unread":
      readings.drop(message.request);
      readRest();
      return;
    case "points": {
      const own = data.get(message.directory);
      if (own === undefined || !state.shown.includes(message.directory)) return;
      const complete = own.append(message.points);
      if (!complete || own.length > 2 * bucketsFor(state.shown.length)) {
        if (!readings.isWaiting(message.directory)) read(message.directory);
      }
      redraw();
      return;
    }
    case "stale":
      readings.forget();
      details.clear();
      cards.clear();
      settingsOf = "";
      for (const directory of state.shown) read(directory);
      redraw();
      return;
    case "card":
      cards.set(message.directory, message.card);
      redraw();
      return;
    case "settings":
      settings = message;
      redraw();
      return;
    case "unkept":
      runsView.refuse(message.directory, message.annotation);
      return;
    case "inspection":
      inspect.take(message.directory, message.line);
      return;
    case "details":
      for (const own of message.details) details.set(own.directory, own);
      redraw();
  }
});

onThemeChange(() => {
  theme = readTheme();
  inspect.dress(theme);
  redraw();
});
document.addEventListener("visibilitychange", redraw);
if (kept !== undefined) keepState(kept, layoutOf(kept));
host.postMessage({ type: "ready" });
redraw();
