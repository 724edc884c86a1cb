import uPlot from "uplot";
import {
  bytesLabel,
  percentLabel,
  place,
  placing,
  type Scale,
  tickLabel,
  ticks,
} from "../../server/chart/scale.ts";
import type { Border, Reference } from "../../server/chart/svg.ts";
import { metric, number } from "../runs/wording.ts";
import type { ChartSpec } from "./chartList.ts";
import { element } from "./dom.ts";
import {
  dotLonePoints,
  drawBorder,
  drawReference,
  fillBand,
  fillGround,
  markNonPositive,
  nearest,
  strokeLine,
  strokeRaw,
} from "./paint.ts";
import { fillReadout } from "./readout.ts";
import { smooth } from "./smoothing.ts";
import type { XAxis } from "./state.ts";
import type { Theme } from "./theme.ts";
import { Tooltip } from "./tooltip.ts";
import type { Trace } from "./trace.ts";
import { yScale } from "./yScale.ts";

export interface ChartView {
  readonly spec: ChartSpec;
  readonly traces: readonly Trace[];
  readonly references: readonly Reference[];
  readonly borders: readonly Border[];
  readonly xAxis: XAxis;
  readonly x: Scale;
  readonly log: boolean;
  readonly clip: boolean;
  readonly smoothing: number;
  readonly theme: Theme;
}

/** What a chart uses of the page: all charts share one x axis and one cursor. */
export interface ChartActions {
  zoom(range: readonly [number, number] | undefined): void;
  /** A factor below 1 zooms in; `at` keeps its place. */
  zoomBy(factor: number, at: number): void;
  /** By a share of the visible range. */
  panBy(share: number): void;
  cursor(x: number | undefined, from: Chart): void;
  announce(words: string): void;
  /** The run, or group, whose line the pointer is at. */
  highlight(key: string | undefined): void;
}

const height = 210;
/** In pixels: how far from a line the pointer still is at it. */
const reach = 24;
/** Space left of every plot, so that a step is at the same place in all charts: the longest tick label, `0.001234`. */
const gutter = 66;
/** Space right of it: half a tick label. */
const rightRoom = 18;
/**
 * With more lines than this they are a pixel wide. They would cover each other, and without a GPU Chromium takes eight times as
 * long for a line of 1.75 pixels: 47 ms of 200 lines with 150 points, and 6 ms.
 */
const mostWide = 24;
const axisUnits: Readonly<Record<XAxis, string>> = { step: "step", epoch: "epoch", time: "s" };

/**
 * One chart. uPlot holds scales, axes, grid, cursor and selection. The lines are drawn here, since runs share no x
 * values, smoothed lines lie over raw ones, and a bucket is drawn from its minimum to its maximum.
 */
export class Chart {
  readonly root: HTMLElement;
  readonly #actions: ChartActions;
  readonly #heading = element("h3");
  readonly #note = element("span", { class: "note" });
  readonly #readout = element("div", { class: "readout" });
  readonly #stage = element("div", { class: "stage" });
  readonly #tooltip = new Tooltip();
  #highlight: string | undefined;
  #plot: uPlot | undefined;
  #view: ChartView | undefined;
  #smoothed: readonly (readonly (number | null)[])[] = [];
  #y: Scale = { min: 0, max: 1, log: false };
  #plotKey = "";
  #cursor: number | undefined;
  /** Charts scrolled out of view draw nothing. */
  #visible = false;
  #stale = false;
  #measured = false;
  /** A redraw does not move the cursor, but the value under it changes. */
  #isDrawing = false;

  constructor(actions: ChartActions) {
    this.#actions = actions;
    this.root = element("section", { class: "chart" }, [
      element("header", {}, [this.#heading, this.#note]),
      this.#readout,
      element("div", { class: "stage-frame" }, [this.#stage, this.#tooltip.root]),
    ]);
    this.#stage.tabIndex = 0;
    this.#stage.setAttribute("role", "application");
    this.#stage.setAttribute("aria-roledescription", "chart");
    this.#stage.addEventListener("keydown", (event) => this.#onKey(event));
    this.#stage.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    this.#stage.addEventListener("blur", () => this.#actions.cursor(undefined, this));
    new ResizeObserver(() => this.#resize()).observe(this.#stage);
    new IntersectionObserver(([entry]) => {
      this.#visible = entry?.isIntersecting ?? false;
      if (this.#visible && this.#stale) this.#draw();
    }).observe(this.root);
  }

  get view(): ChartView | undefined {
    return this.#view;
  }

  /** Also of charts that were never scrolled into view. */
  get y(): Scale {
    this.#measure();
    return this.#y;
  }

  smoothed(trace: number): readonly (number | null)[] {
    this.#measure();
    return this.#smoothed[trace] ?? [];
  }

  update(view: ChartView): void {
    this.#view = view;
    this.#heading.textContent = view.spec.title;
    const isMean = view.traces.some(({ isBand }) => isBand);
    const hidden =
      view.log && view.traces.some(({ low }) => low.some((value) => value !== null && value <= 0));
    // Levels are named here and not beside their lines, where a name would cover nearby curves.
    const levels = view.references.map(({ label }) => `╌ ${label}`);
    const begun = [...new Set(view.borders.map(({ label }) => `┊ ${label} begins`))];
    const note = [
      view.spec.hint,
      isMean ? "mean ± std of groups" : undefined,
      view.clip ? "1–99 % of values" : undefined,
      hidden ? "▼ values ≤ 0" : undefined,
      ...levels,
      ...begun,
    ]
      .filter(Boolean)
      .join(" · ");
    this.#note.textContent = note;
    this.#note.title = note;
    this.#stage.setAttribute("aria-label", describe(view));
    this.#measured = false;
    this.#stale = true;
    if (this.#visible) this.#draw();
  }

  /** Sets the cursor of any chart to x; the values above this chart are those at x. */
  readAt(x: number | undefined): void {
    this.#cursor = x;
    this.#readOut();
  }

  setCursor(x: number | undefined): void {
    this.readAt(x);
    const plot = this.#plot;
    if (plot === undefined) return;
    if (x === undefined) plot.setCursor({ left: -10, top: -10 }, false);
    else plot.setCursor({ left: plot.valToPos(x, "x"), top: plot.over.clientHeight / 2 }, false);
  }

  /** Draws one line in front of all others, which are faint then. */
  setHighlight(key: string | undefined): void {
    if (this.#highlight === key) return;
    this.#highlight = key;
    this.#stale = true;
    if (this.#visible) this.#draw();
  }

  destroy(): void {
    this.#plot?.destroy();
    this.root.remove();
  }

  #measure(): void {
    const view = this.#view;
    if (view === undefined || this.#measured) return;
    this.#measured = true;
    this.#smoothed = view.traces.map(({ last }) => smooth(last, view.smoothing));
    this.#y = yScale(view);
  }

  #draw(): void {
    const view = this.#view;
    if (view === undefined) return;
    this.#stale = false;
    this.#measure();
    const { theme } = view;
    const key = [
      view.log,
      view.spec.share,
      view.xAxis,
      theme.text,
      theme.grid,
      theme.ground,
      theme.font,
    ].join();
    if (this.#plot === undefined || key !== this.#plotKey) this.#build(view);
    this.#plotKey = key;
    const plot = this.#plot;
    if (plot === undefined) return;
    this.#isDrawing = true;
    plot.batch(() => {
      plot.setScale("x", view.x);
      plot.setScale("y", this.#y);
      plot.redraw(false, true);
    });
    this.#isDrawing = false;
    this.#placeCursor(plot);
    this.#readOut();
  }

  /** After the scale has moved: a mouse cursor has another value now, a keyboard cursor another place. */
  #placeCursor(plot: uPlot): void {
    const { left = -1 } = plot.cursor;
    if (left >= 0 && plot.over.matches(":hover")) this.#actions.cursor(plot.posToVal(left, "x"), this);
    else this.setCursor(this.#cursor);
  }

  #build(view: ChartView): void {
    this.#plot?.destroy();
    const { theme, log } = view;
    const ratio = 1; // uPlot scales line widths by the device's pixel ratio itself
    const font = `11px ${theme.font}`;
    const line = { stroke: theme.grid, width: ratio };
    const axis = {
      stroke: theme.muted,
      font,
      grid: { ...line, ...(theme.highContrast ? { dash: [1, 4] } : {}) },
      ticks: { ...line, size: 4 },
    } satisfies Partial<uPlot.Axis>;
    const options: uPlot.Options = {
      width: Math.max(120, this.#stage.clientWidth),
      height,
      pxAlign: 0,
      legend: { show: false },
      padding: [6, rightRoom, 0, 0],
      scales: {
        x: { time: false, auto: false },
        y: { auto: false, distr: log ? 3 : 1 },
      },
      series: [{}, { show: true, paths: () => null, points: { show: false } }],
      axes: [
        {
          ...axis,
          size: 28,
          space: 60,
          splits: (plot, _axis, min, max) => ticks({ min, max, log: false }, Math.max(3, plot.width / 110)),
          values: (_plot, splits) => splits.map((value) => tickLabel(value)),
        },
        {
          ...axis,
          size: gutter,
          splits: () => ticks(this.#y, 5),
          filter: (_plot, splits) => splits, // uPlot's own filter for log scales leaves only powers of ten
          values: (_plot, splits) =>
            splits.map(view.spec.share ? percentLabel : view.spec.bytes ? bytesLabel : tickLabel),
        },
      ],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 4 },
        bind: {
          dblclick: () => () => {
            this.#actions.zoom(undefined);
            return null;
          },
        },
      },
      hooks: {
        drawClear: [(plot) => fillGround(plot, theme)],
        draw: [(plot) => this.#drawTraces(plot)],
        setSelect: [
          (plot) => {
            const { left, width } = plot.select;
            if (width < 4) return;
            this.#actions.zoom([plot.posToVal(left, "x"), plot.posToVal(left + width, "x")]);
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          },
        ],
        setCursor: [
          (plot) => {
            if (this.#isDrawing) return;
            const { left = -1 } = plot.cursor;
            this.#actions.cursor(left < 0 ? undefined : plot.posToVal(left, "x"), this);
            this.#point(plot);
          },
        ],
      },
    };
    const empty: uPlot.AlignedData = [
      [0, 1],
      [null, null],
    ];
    this.#stage.replaceChildren();
    this.#plot = new uPlot(options, empty, this.#stage);
  }

  /** Finds the line that the pointer is at, and names all beside it. */
  #point(plot: uPlot): void {
    const { left = -1, top = -1 } = plot.cursor;
    const view = this.#view;
    if (left < 0 || view === undefined || !plot.over.matches(":hover")) {
      this.#tooltip.hide();
      if (left < 0) this.#actions.highlight(undefined);
      return;
    }
    const rows = this.#rows(view);
    let [key, best]: [string | undefined, number] = [undefined, reach];
    for (const { trace, value, smoothed } of rows) {
      const drawn = smoothed ?? value;
      const share = drawn === null ? null : place(this.#y, drawn);
      if (share === null) continue;
      const distance = Math.abs((1 - share) * plot.over.clientHeight - top);
      if (distance < best) [key, best] = [trace.key, distance];
    }
    this.#actions.highlight(key);
    this.#tooltip.show(
      rows.map(({ trace, value }) => ({ trace, value, words: wordsOf(view.spec, value) })),
      {
        position: `${axisUnits[view.xAxis]} ${number(rows[0]?.x ?? 0)}`,
        ...{ highlight: key, at: left + plot.over.offsetLeft, width: this.#stage.clientWidth },
      },
    );
  }

  #drawTraces(plot: uPlot): void {
    const view = this.#view;
    if (view === undefined) return;
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    const atX = (value: number) =>
      bbox.left + ((value - view.x.min) / (view.x.max - view.x.min)) * bbox.width;
    const shareOf = placing(this.#y);
    const atY = (value: number | null | undefined) => {
      const share = value === null || value === undefined ? null : shareOf(value);
      return share === null ? null : bbox.top + (1 - share) * bbox.height;
    };
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top - 2 * ratio, bbox.width, bbox.height + 4 * ratio);
    ctx.clip();
    ctx.lineJoin = "round";
    for (const { value } of view.references) {
      drawReference(ctx, { at: atY(value), bbox, theme: view.theme, ratio });
    }
    for (const { x } of view.borders) drawBorder(ctx, { at: atX(x), bbox, theme: view.theme, ratio });
    const inFront = view.traces.some(({ key }) => key === this.#highlight) ? this.#highlight : undefined;
    const order = [...view.traces.entries()].sort(
      ([, a], [, b]) => Number(a.key === inFront) - Number(b.key === inFront),
    );
    const isCrowded = order.length > mostWide;
    for (const [index, trace] of order) {
      const strength = inFront === undefined || trace.key === inFront ? 1 : 0.25;
      ctx.strokeStyle = trace.colour;
      ctx.fillStyle = trace.colour;
      ctx.setLineDash(trace.dash.map((length) => length * ratio));
      const smoothing = view.smoothing > 0 && trace.last.length > 2;
      const isThin = isCrowded && trace.key !== inFront;
      ctx.lineWidth = (smoothing || isThin ? 1 : 1.5) * ratio;
      if (trace.isBand) {
        ctx.globalAlpha = 0.2 * strength;
        fillBand(ctx, trace, { atX, atY, x: view.x });
      } else {
        ctx.globalAlpha = (smoothing ? (isThin ? 0.2 : 0.35) : 1) * strength;
        strokeRaw(ctx, trace, { atX, atY, x: view.x });
      }
      ctx.globalAlpha = strength;
      if (smoothing || trace.isBand) {
        ctx.lineWidth = (isThin ? 1 : 1.75) * ratio;
        strokeLine(ctx, trace.x, this.#smoothed[index] ?? [], { atX, atY, x: view.x });
      }
      ctx.setLineDash([]);
      if (this.#y.log) markNonPositive(ctx, trace, { atX, bottom: bbox.top + bbox.height, ratio });
      ctx.globalAlpha = 1;
    }
    ctx.restore(); // The clip would leave half of a dot on an edge.
    for (const trace of view.traces) {
      ctx.fillStyle = trace.colour;
      dotLonePoints(ctx, trace, { atX, atY, x: view.x, radius: 3 * ratio });
    }
  }

  /** The values above the chart: at the cursor, or the last ones. */
  #readOut(): void {
    const view = this.#view;
    if (view === undefined) return;
    const rows = this.#rows(view);
    const position =
      this.#cursor === undefined || rows[0] === undefined
        ? undefined
        : `${axisUnits[view.xAxis]} ${number(rows[0].x)}`;
    fillReadout(
      this.#readout,
      rows.map(({ trace: { run, colour, dash }, value }) => ({
        run,
        colour,
        dash,
        words: wordsOf(view.spec, value),
      })),
      position,
    );
  }

  /** The values at the cursor, or the last ones. */
  #rows(view: ChartView) {
    return view.traces.flatMap((trace, index) => {
      const at = this.#cursor === undefined ? trace.x.length - 1 : nearest(trace.x, this.#cursor);
      const value = trace.last[at];
      if (value === undefined) return [];
      return [{ trace, value, smoothed: this.#smoothed[index]?.[at] ?? null, x: trace.x[at] ?? 0 }];
    });
  }

  #resize(): void {
    const width = Math.floor(this.#stage.clientWidth);
    if (this.#plot !== undefined && width > 0 && Math.abs(width - this.#plot.width) > 1) {
      this.#plot.setSize({ width, height });
    }
  }

  /** Arrows move the cursor, Shift and arrows pan, plus and minus zoom, 0 or Escape shows everything. */
  #onKey(event: KeyboardEvent): void {
    const view = this.#view;
    if (view === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const { min, max } = view.x;
    const span = max - min;
    const at = this.#cursor ?? max;
    const move = (x: number) => {
      const to = Math.min(max, Math.max(min, x));
      this.#actions.cursor(to, this);
      this.setCursor(to);
      this.#actions.announce(this.#readout.textContent ?? "");
    };
    const actions: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => (event.shiftKey ? this.#actions.panBy(-0.2) : move(at - span / 50)),
      ArrowRight: () => (event.shiftKey ? this.#actions.panBy(0.2) : move(at + span / 50)),
      Home: () => move(min),
      End: () => move(max),
      "+": () => this.#actions.zoomBy(0.5, at),
      "=": () => this.#actions.zoomBy(0.5, at),
      "-": () => this.#actions.zoomBy(2, at),
      "0": () => this.#actions.zoom(undefined),
      Escape: () => this.#actions.zoom(undefined),
    };
    const act = actions[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  /** Ctrl and wheel zoom, Shift and wheel pan; the wheel alone scrolls the page. */
  #onWheel(event: WheelEvent): void {
    const plot = this.#plot;
    if (plot === undefined || !(event.ctrlKey || event.shiftKey)) return;
    event.preventDefault();
    const turned = event.deltaY || event.deltaX;
    if (event.shiftKey) this.#actions.panBy(turned / 1000);
    else {
      const at = plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, "x");
      this.#actions.zoomBy(1.002 ** turned, at);
    }
  }
}

function wordsOf(spec: ChartSpec, value: number | null): string {
  if (value === null) return "not finite";
  if (spec.bytes) return bytesLabel(value);
  return spec.share ? metric(spec.series, value) : number(value);
}

function describe({ spec, traces, xAxis, x }: ChartView): string {
  const lasts = traces.map(({ run, last }) => {
    const value = last.at(-1);
    return `${run} ${value === null || value === undefined ? "no value" : wordsOf(spec, value)}`;
  });
  const range = `${xAxis} ${number(x.min)} to ${number(x.max)}`;
  return `${spec.title}, ${range}. ${lasts.slice(0, 5).join(", ")}. Arrow keys read values, plus and minus zoom.`;
}
