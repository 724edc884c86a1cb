import { Chart, type ChartActions } from "./chart.ts";
import { type ChartSpec, chartsOf, isOthers } from "./chartList.ts";
import { type ChartChoice, ChartSections } from "./chartSections.ts";
import { arrange, element } from "./dom.ts";
import { bordersOf, referencesOf, type ShownRun, scaleOf, tracesOf } from "./page.ts";
import type { PanelState } from "./state.ts";
import type { Theme } from "./theme.ts";

interface GridActions extends Pick<ChartActions, "zoom" | "zoomBy" | "panBy" | "announce"> {
  choose(choice: ChartChoice): void;
}

/** Of a frame, for drawing. What it rasters takes about as long again. */
const shareMs = 6;

/** The charts: one a series, in sections where they are many, with one cursor and one line in front in all of them. */
export class ChartGrid {
  readonly root: HTMLElement;
  readonly #actions: GridActions;
  readonly #grid = element("div", { class: "charts" });
  readonly #sections: ChartSections;
  readonly #charts = new Map<string, Chart>();
  #choice: ChartChoice = {};
  #isDrawing = false;

  constructor(actions: GridActions) {
    this.#actions = actions;
    this.#sections = new ChartSections({
      search: (text) => this.#choose({ ...this.#choice, text }),
      fold: (name) => {
        const { folded = [] } = this.#choice;
        const others = folded.filter((other) => other !== name);
        this.#choose({ ...this.#choice, folded: others.length < folded.length ? others : [...folded, name] });
      },
    });
    this.root = element("div", {}, [this.#sections.search, this.#grid]);
  }

  draw(runs: readonly ShownRun[], { state, theme }: { state: PanelState; theme: Theme }): void {
    this.#choice = state.chartChoice ?? {};
    const available = new Set(runs.flatMap(({ data }) => data.available));
    // With five classes or fewer, top-5 is always right.
    const isAlwaysRight = runs.every(({ data }) =>
      (data.overview.get("validation.top5")?.min ?? []).every((share) => share === 1),
    );
    if (isAlwaysRight) available.delete("validation.top5");
    const parts = this.#sections.arrange(chartsOf(available, state.weighted), this.#choice);
    this.#arrange(parts);
    for (const spec of parts.flatMap((part) => part.specs)) {
      this.#charts.get(chartKey(spec))?.update({
        spec,
        traces: tracesOf(runs, spec, state),
        references: referencesOf(runs, spec),
        borders: bordersOf(runs, spec, state),
        xAxis: state.x,
        x: scaleOf(runs, spec, state),
        log: state.logScale && !spec.share,
        clip: state.clip ?? false,
        smoothing: isUnsmoothed(spec) ? 0 : state.smoothing,
        theme,
      });
    }
    this.#drawStale();
  }

  /** What of the charts in sight has changed, the one that waits longest first, a frame's share in each frame. */
  #drawStale(): void {
    const begun = performance.now();
    const waiting = [...this.#charts.values()].filter(({ isWaiting }) => isWaiting);
    waiting.sort((a, b) => a.drawnAt - b.drawnAt);
    for (const chart of waiting) {
      if (performance.now() - begun > shareMs) {
        this.#drawSoon();
        return;
      }
      chart.draw();
    }
  }

  #drawSoon(): void {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      this.#drawStale();
    });
  }

  /** Draws one run's line, or group's, in front of all others. */
  highlight(key: string | undefined): void {
    for (const chart of this.#charts.values()) chart.setHighlight(key);
  }

  inOrder(): Chart[] {
    const places = [...this.#grid.children];
    return [...this.#charts.values()].sort((a, b) => places.indexOf(a.root) - places.indexOf(b.root));
  }

  // Known at once: it is drawn a frame later, and a person may have chosen again by then.
  #choose(choice: ChartChoice): void {
    this.#choice = choice;
    this.#actions.choose(choice);
  }

  /** The charts' elements in order. */
  #arrange(parts: ReturnType<ChartSections["arrange"]>): void {
    const keys = parts.flatMap((part) => part.specs.map(chartKey));
    for (const [key, chart] of this.#charts) {
      if (keys.includes(key)) continue;
      chart.destroy();
      this.#charts.delete(key);
    }
    const elements = parts.flatMap(({ heading, specs }) => [
      ...(heading === undefined ? [] : [heading]),
      ...specs.map((spec) => this.#chartOf(spec).root),
    ]);
    arrange(this.#grid, elements);
  }

  /** The chart of a series, made where there is none. */
  #chartOf(spec: ChartSpec): Chart {
    const key = chartKey(spec);
    const known = this.#charts.get(key);
    if (known !== undefined) return known;
    const { zoom, zoomBy, panBy, announce } = this.#actions;
    const common = {
      announce,
      highlight: (run: string | undefined) => this.highlight(run),
      stale: () => this.#drawSoon(),
    };
    const cursor = (x: number | undefined, from: Chart) => this.#moveCursor(x, from);
    const chart = new Chart(
      isOthers(spec) ? { ...alone, ...common } : { zoom, zoomBy, panBy, cursor, ...common },
    );
    this.#charts.set(key, chart);
    return chart;
  }

  #moveCursor(x: number | undefined, from: Chart): void {
    for (const chart of this.#charts.values()) {
      if (chart === from) chart.readAt(x);
      else if (chart.view && !isOthers(chart.view.spec)) chart.setCursor(x);
    }
  }
}

/** What is drawn as it is. */
const isUnsmoothed = ({ series }: ChartSpec): boolean =>
  series === "learningRate" || series === "memory" || series.startsWith("validation.");

/** A term keeps its chart, raw or weighted. */
const chartKey = ({ series }: ChartSpec): string => series.replace(/\.(raw|weighted)$/, "");

/** A chart with other steps than the student's moves no other chart. */
const alone = {
  zoom: () => undefined,
  zoomBy: () => undefined,
  panBy: () => undefined,
  cursor: (x: number | undefined, from: Chart) => from.readAt(x),
};
