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
import { number, valueWords } from "../runs/wording.ts";
import type { ChartSpec } from "./chartList.ts";
import { element } from "./dom.ts";
import { Line } from "./line.ts";
import {
  dotPoints,
  drawBorder,
  drawReference,
  fillGround,
  markNonPositive,
  nearest,
  type Places,
  stroke,
  strokeWide,
} from "./paint.ts";
import { Readout } from "./readout.ts";
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
  /** It has something to draw. */
  stale(): void;
}

/** How a trace is drawn. */
interface Drawing {
  readonly plot: uPlot;
  readonly places: Places;
  readonly isThin: boolean;
  readonly stroke: typeof strokeWide;
}

const height = 210;
/** In pixels: how far from a line the pointer still is at it. */
const reach = 24;
/** Space left of every plot, so that a step is at the same place in all charts: the longest tick label, `0.001234`. */
const gutter = 66;
/** Space right of it: half a tick label. */
const rightRoom = 18;
/** With more lines than this they are a pixel wide: they would cover each other. */
const mostWide = 24;
/** How much is left of the other lines while one is in front. */
const faint = 0.25;
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
  readonly #readout = new Readout();
  readonly #stage = element("div", { class: "stage" });
  readonly #tooltip = new Tooltip();
  readonly #front = element("canvas", { class: "front" });
  #highlight: string | undefined;
  #plot: uPlot | undefined;
  #view: ChartView | undefined;
  /** By the traces' keys. */
  #lines = new Map<string, Line>();
  #y: Scale = { min: 0, max: 1, log: false };
  #plotKey = "";
  #cursor: number | undefined;
  /** Charts scrolled out of view draw nothing; that they are is told a frame later. */
  #visible = true;
  #stale = false;
  #measured = false;
  /** What the y axis was fitted to, beside the points. */
  #fitted = "";
  /** When its lines were drawn last. */
  drawnAt = 0;
  /** A redraw does not move the cursor, but the value under it changes. */
  #isDrawing = false;

  constructor(actions: ChartActions) {
    this.#actions = actions;
    this.root = element("section", { class: "chart" }, [
      element("header", {}, [this.#heading, this.#note]),
      this.#readout.root,
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
      if (this.isWaiting) actions.stale();
    }).observe(this.root);
  }

  /** In sight, and other than it is drawn. */
  get isWaiting(): boolean {
    return this.#visible && this.#stale;
  }

  get view(): ChartView | undefined {
    return this.#view;
  }

  /** Also of charts that were never scrolled into view. */
  get y(): Scale {
    this.#measure();
    return this.#y;
  }

  smoothed(trace: Trace): readonly (number | null)[] {
    this.#measure();
    return this.#lines.get(trace.key)?.smoothed ?? [];
  }

  update(view: ChartView): void {
    this.#view = view;
    if (this.#heading.textContent !== view.spec.title) this.#heading.textContent = view.spec.title;
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
    // What is set anew is laid out anew.
    if (this.#note.title !== note) {
      this.#note.textContent = note;
      this.#note.title = note;
    }
    const label = describe(view);
    if (this.#stage.ariaLabel !== label) this.#stage.ariaLabel = label;
    this.#measured = false;
    this.#stale = true;
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
    if (this.#visible) this.#drawFront();
  }

  destroy(): void {
    this.#plot?.destroy();
    this.root.remove();
  }

  #measure(): void {
    const view = this.#view;
    if (view === undefined || this.#measured) return;
    this.#measured = true;
    const before = this.#lines;
    this.#lines = new Map(view.traces.map(({ key }) => [key, before.get(key) ?? new Line()]));
    let isOther = before.size !== this.#lines.size;
    for (const trace of view.traces) {
      if (this.#lines.get(trace.key)?.take(trace, view.smoothing)) isOther = true;
    }
    const { x, log, clip, references } = view;
    const fitted = JSON.stringify([x, log, clip, references]);
    if (!isOther && fitted === this.#fitted) return;
    this.#fitted = fitted;
    this.#y = yScale(view);
  }

  draw(): void {
    const view = this.#view;
    if (view === undefined) return;
    this.#stale = false;
    this.drawnAt = performance.now();
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
    const { ctx } = plot;
    const places = this.#places(plot, view);
    const isCrowded = view.traces.length > mostWide;
    ctx.save();
    this.#drawLevels(ctx, plot, places);
    const how = { plot, places, isThin: isCrowded, stroke: strokeWide };
    for (const trace of view.traces) this.#drawTrace(ctx, trace, how);
    ctx.restore(); // The clip would leave half of a dot on an edge.
    for (const trace of view.traces) this.#drawDots(ctx, trace, places);
    this.#drawFront();
  }

  /** The line in front, over what the others leave visible; they are not drawn again. */
  #drawFront(): void {
    const [plot, view] = [this.#plot, this.#view];
    const trace = view?.traces.find(({ key }) => key === this.#highlight);
    this.#front.hidden = trace === undefined;
    if (plot === undefined || view === undefined || trace === undefined || !this.#lines.has(trace.key))
      return;
    const { bbox } = plot;
    const { width, height } = plot.ctx.canvas;
    Object.assign(this.#front, { width, height }); // Also clears it.
    const ctx = this.#front.getContext("2d");
    if (ctx === null) return;
    if (this.#front.parentElement !== plot.over.parentElement) plot.over.before(this.#front);
    const places = this.#places(plot, view);
    ctx.save();
    ctx.globalAlpha = 1 - faint;
    ctx.fillStyle = view.theme.ground;
    ctx.fillRect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.globalAlpha = 1;
    this.#drawLevels(ctx, plot, places);
    this.#drawTrace(ctx, trace, { plot, places, isThin: false, stroke });
    ctx.restore();
    this.#drawDots(ctx, trace, places);
  }

  #places({ bbox }: uPlot, { x }: ChartView): Places {
    const shareOf = placing(this.#y);
    return {
      x,
      atX: (value) => bbox.left + ((value - x.min) / (x.max - x.min)) * bbox.width,
      atY: (value) => {
        const share = value === null || value === undefined ? null : shareOf(value);
        return share === null ? null : bbox.top + (1 - share) * bbox.height;
      },
    };
  }

  /** What lies behind the lines; all that is drawn from here on is clipped to the plot. */
  #drawLevels(ctx: CanvasRenderingContext2D, { bbox }: uPlot, { atX, atY }: Places): void {
    const { references = [], borders = [], theme } = this.#view ?? {};
    const ratio = devicePixelRatio;
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top - 2 * ratio, bbox.width, bbox.height + 4 * ratio);
    ctx.clip();
    ctx.lineJoin = "round";
    if (theme === undefined) return;
    for (const { value } of references) drawReference(ctx, { at: atY(value), bbox, theme, ratio });
    for (const { x } of borders) drawBorder(ctx, { at: atX(x), bbox, theme, ratio });
  }

  #drawTrace(
    ctx: CanvasRenderingContext2D,
    trace: Trace,
    { plot: { bbox }, places, isThin, stroke }: Drawing,
  ): void {
    const ratio = devicePixelRatio;
    const { smoothing: factor = 0 } = this.#view ?? {};
    const { min, max, log } = this.#y;
    const { left, top, width, height: tall } = bbox;
    const scales = [places.x.min, places.x.max, min, max, log, left, top, width, tall].join();
    const line = this.#lines.get(trace.key)?.placed(scales, places);
    if (line === undefined) return;
    const smoothing = factor > 0 && trace.last.length > 2;
    ctx.strokeStyle = trace.colour;
    ctx.fillStyle = trace.colour;
    ctx.setLineDash(trace.dash.map((length) => length * ratio));
    if (trace.isBand) {
      ctx.globalAlpha = 0.2;
      ctx.fill(line.band());
    } else {
      ctx.globalAlpha = smoothing ? (isThin ? 0.2 : 0.35) : 1;
      stroke(ctx, line.raw(), (smoothing || isThin ? 1 : 1.5) * ratio);
    }
    ctx.globalAlpha = 1;
    if (smoothing || trace.isBand) stroke(ctx, line.smooth(), (isThin ? 1 : 1.75) * ratio);
    ctx.setLineDash([]);
    if (log) markNonPositive(ctx, trace, { atX: places.atX, bottom: top + tall, ratio });
  }

  #drawDots(ctx: CanvasRenderingContext2D, trace: Trace, places: Places): void {
    ctx.fillStyle = trace.colour;
    const { lone = [] } = this.#lines.get(trace.key) ?? {};
    dotPoints(ctx, trace, lone, { ...places, radius: 3 * devicePixelRatio });
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
    this.#readout.fill(
      rows.map(({ trace: { run, colour, dash }, value }) => ({
        run,
        colour,
        dash,
        words: () => wordsOf(view.spec, value),
      })),
      position,
    );
  }

  /** The values at the cursor, or the last ones. */
  #rows(view: ChartView) {
    return view.traces.flatMap((trace) => {
      const at = this.#cursor === undefined ? trace.x.length - 1 : nearest(trace.x, this.#cursor);
      const value = trace.last[at];
      if (value === undefined) return [];
      return [
        { trace, value, smoothed: this.#lines.get(trace.key)?.smoothed[at] ?? null, x: trace.x[at] ?? 0 },
      ];
    });
  }

  #resize(): void {
    const width = Math.floor(this.#stage.clientWidth);
    if (this.#plot !== undefined && width > 0 && Math.abs(width - this.#plot.width) > 1) {
      this.#plot.setSize({ width, height });
      this.#readout.fit();
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
      this.#actions.announce(this.#readout.root.textContent ?? "");
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
  return valueWords(spec.series, value);
}

function describe({ spec, traces, xAxis, x }: ChartView): string {
  const lasts = traces.slice(0, 5).map(({ run, last }) => {
    const value = last.at(-1);
    return `${run} ${value === null || value === undefined ? "no value" : wordsOf(spec, value)}`;
  });
  const range = `${xAxis} ${number(x.min)} to ${number(x.max)}`;
  return `${spec.title}, ${range}. ${lasts.join(", ")}. Arrow keys read values, plus and minus zoom.`;
}
