import { counted, grouped } from "../../../server/grouped.ts";
import { middle } from "../../../server/middle.ts";
import type { RunSummary } from "../../../server/protocol.ts";
import { fullName } from "../../runs/wording.ts";
import { element } from "../dom.ts";
import type { ShownRun } from "../page.ts";
import { runContext } from "../runContext.ts";
import { type Axis, axisOf } from "./axis.ts";
import type { Column } from "./columns.ts";
import { frontLine } from "./frontLine.ts";
import { teacherMark } from "./teacherMark.ts";

export interface PlotView {
  /** In the order of the table. */
  readonly runs: readonly RunSummary[];
  /** Of a scatter plot across and up; of parallel coordinates all. */
  readonly columns: readonly Column[];
  readonly kind: "scatter" | "parallel";
  readonly strokeOf: (directory: string) => Pick<ShownRun, "colour" | "dash"> | undefined;
}

/** Most runs that a plot shows. */
const mostRuns = 1000;
const margin = { left: 64, right: 24, top: 34, bottom: 40 };
/** Least room between two axes, so that a title and the numbers along them can be read; a narrow panel scrolls. */
const axisRoom = 100;
const lineHeight = 14;

/** Runs as points or lines: a click draws one in the charts, and so does Enter; arrows go from one to the next. */
export class Plot {
  readonly root: HTMLElement;
  readonly #draw: (directory: string) => void;
  readonly #status = element("p", { class: "note", attributes: { role: "status" } });
  readonly #frame = element("div", { class: "plot" });
  #view: PlotView | undefined;
  #marks: { readonly run: RunSummary; readonly mark: SVGElement }[] = [];
  #chosen = -1;

  constructor(draw: (directory: string) => void) {
    this.#draw = draw;
    this.root = element("div", { class: "plot-view" }, [this.#status, this.#frame]);
    this.#frame.tabIndex = 0;
    this.#frame.setAttribute("role", "application");
    this.#frame.addEventListener("keydown", (event) => this.#onKey(event));
    new ResizeObserver(() => this.#fill()).observe(this.root);
  }

  update(view: PlotView): void {
    this.#view = view;
    this.#fill();
  }

  #fill(): void {
    const view = this.#view;
    if (view === undefined || !this.root.isConnected) return;
    const isParallel = view.kind === "parallel";
    const least = isParallel ? margin.left + margin.right + axisRoom * (view.columns.length - 1) : 0;
    const width = Math.max(320, least, this.#frame.clientWidth);
    const height = Math.max(260, this.#frame.clientHeight);
    const top = margin.top + (isParallel ? lineHeight : 0);
    const box = { ...margin, top, right: width - margin.right, bottom: height - margin.bottom };
    const [, upwards] = view.columns;
    const teacher = view.kind === "scatter" ? teacherMark(view.runs, upwards) : undefined;
    const axes = view.columns.map((column) =>
      axisOf(column, view.runs, column === upwards ? teacher : undefined),
    );
    const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    const chosen = this.#marks[this.#chosen]?.run.directory;
    this.#marks = [];
    if (view.kind === "scatter") drawScatter(picture, axes, box);
    if (teacher !== undefined && upwards !== undefined)
      picture.append(...teacherLine(upwards.words(teacher), axes[1]?.placeOf(teacher), box));
    const front = view.kind === "scatter" ? frontLine(view.runs, view.columns) : [];
    if (front.length > 1) picture.append(frontPath(front, axes, box));
    for (const run of view.runs) {
      if (this.#marks.length === mostRuns) break;
      const mark = view.kind === "scatter" ? pointOf(run, axes, box) : lineOf(run, axes, box);
      if (mark === undefined) continue;
      const stroke = view.strokeOf(run.directory);
      mark.classList.add("mark", ...(stroke === undefined ? [] : ["drawn"]));
      if (stroke !== undefined) mark.style.setProperty("--run", stroke.colour);
      for (const [name, value] of Object.entries(runContext(run))) mark.setAttribute(name, value);
      mark.append(titled(this.#words(run, view)));
      mark.addEventListener("click", () => this.#draw(run.directory));
      this.#marks.push({ run, mark });
    }
    // What the charts draw is in front.
    const inFront = this.#marks.map(({ mark }) => mark);
    picture.append(...inFront.filter((mark) => !mark.classList.contains("drawn")));
    picture.append(...inFront.filter((mark) => mark.classList.contains("drawn")));
    // Numbers along an axis that lines cross are read over them.
    if (view.kind === "parallel") drawAxes(picture, axes, box);
    this.#frame.replaceChildren(picture);
    this.#chosen = this.#marks.findIndex(({ run }) => run.directory === chosen);
    this.#marks[this.#chosen]?.mark.classList.add("chosen");
    const words = this.#summary(view);
    this.#frame.setAttribute("aria-label", words);
    if (this.#chosen < 0) this.#status.textContent = words;
  }

  #summary({ runs, columns, kind }: PlotView): string {
    const shown = this.#marks.length;
    const count =
      shown < runs.length ? `${grouped(shown)} of ${counted(runs.length, "run")}` : counted(shown, "run");
    const titles = columns.map(({ title }) => title);
    const what = kind === "scatter" ? `${titles[1]} by ${titles[0]}` : titles.join(", ");
    return `${count}: ${what}. A click or Enter draws a run in the charts, arrows go through them.`;
  }

  #words(run: RunSummary, { columns }: PlotView): string {
    const values = columns.flatMap((column) => {
      const value = column.value(run);
      return value === undefined ? [] : [`${column.title} ${column.words(value, run)}`];
    });
    return [fullName(run), ...values].join(" · ");
  }

  #onKey(event: KeyboardEvent): void {
    const last = this.#marks.length - 1;
    const to = {
      ...{ ArrowRight: this.#chosen + 1, ArrowDown: this.#chosen + 1 },
      ...{ ArrowLeft: this.#chosen - 1, ArrowUp: this.#chosen - 1, Home: 0, End: last },
    }[event.key];
    const { run } = this.#marks[this.#chosen] ?? {};
    if ((event.key === "Enter" || event.key === " ") && run !== undefined) {
      event.preventDefault();
      this.#draw(run.directory);
      return;
    }
    const view = this.#view;
    if (to === undefined || last < 0 || view === undefined) return;
    event.preventDefault();
    this.#marks[this.#chosen]?.mark.classList.remove("chosen");
    this.#chosen = Math.min(last, Math.max(0, to));
    const next = this.#marks[this.#chosen];
    if (next === undefined) return;
    next.mark.classList.add("chosen");
    this.#status.textContent = this.#words(next.run, view);
  }
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const across = ({ left, right }: Box, share: number): number => left + share * (right - left);
const up = ({ top, bottom }: Box, share: number): number => bottom - share * (bottom - top);

function drawScatter(picture: SVGElement, [x, y]: readonly Axis[], box: Box): void {
  for (const { at, label } of x?.ticks ?? [])
    picture.append(
      svg("path", { class: "grid", d: `M${across(box, at)} ${box.top}V${box.bottom}` }),
      words(label, { x: across(box, at), y: box.bottom + 15, "text-anchor": "middle" }),
    );
  for (const { at, label } of y?.ticks ?? [])
    picture.append(
      svg("path", { class: "grid", d: `M${box.left} ${up(box, at)}H${box.right}` }),
      words(label, { x: box.left - 6, y: up(box, at) + 4, "text-anchor": "end" }),
    );
  picture.append(
    words(x?.title ?? "", { x: box.right, y: box.bottom + 32, "text-anchor": "end", class: "title" }),
    words(y?.title ?? "", { x: 8, y: box.top - 14, class: "title" }),
  );
}

function drawAxes(picture: SVGElement, axes: readonly Axis[], box: Box): void {
  const room = (box.right - box.left) / Math.max(1, axes.length - 1);
  for (const [index, { title, ticks }] of axes.entries()) {
    const x = across(box, axes.length < 2 ? 0 : index / (axes.length - 1));
    const isLast = index > 0 && index === axes.length - 1;
    picture.append(
      svg("path", { class: "axis", d: `M${x} ${box.top}V${box.bottom}` }),
      titledLines(title, Math.floor(room / 7), {
        ...{ x: isLast ? x + 16 : x - (index === 0 ? 20 : 0), y: box.top - 12, class: "title" },
        "text-anchor": index === 0 ? "start" : isLast ? "end" : "middle",
      }),
      ...ticks.map(({ at, label }) =>
        words(middle(label, Math.max(5, Math.floor(room / 9))), {
          ...{ x: x - 5, y: up(box, at) + 4, "text-anchor": "end" },
        }),
      ),
    );
  }
}

function pointOf(run: RunSummary, [x, y]: readonly Axis[], box: Box): SVGElement | undefined {
  const [at, high] = [x?.at(run), y?.at(run)];
  if (at === undefined || high === undefined) return undefined;
  return svg("circle", { cx: across(box, at), cy: up(box, high), r: 4 });
}

/** @param at from 0 to 1, of the height */
function teacherLine(reached: string, at: number | undefined, box: Box): SVGElement[] {
  if (at === undefined) return [];
  const y = up(box, at);
  return [
    svg("path", { class: "teacher", d: `M${box.left} ${y}H${box.right}` }),
    words(`teacher ${reached}`, { x: box.right, y: y - 4, "text-anchor": "end" }),
  ];
}

/** Joins the runs of the Pareto front by steps: up to the next size, what is reached stays as it is. */
function frontPath(front: readonly RunSummary[], [x, y]: readonly Axis[], box: Box): SVGElement {
  const d = front.flatMap((run, index) => {
    const [at, high] = [x?.at(run), y?.at(run)];
    if (at === undefined || high === undefined) return [];
    const place = across(box, at).toFixed(1);
    return index === 0
      ? [`M${place} ${up(box, high).toFixed(1)}`]
      : [`H${place}`, `V${up(box, high).toFixed(1)}`];
  });
  const line = svg("path", { class: "front", d: d.join("") });
  line.append(titled("Pareto front"));
  return line;
}

/** Through all axes; it has a gap at an axis for which the run has no value. */
function lineOf(run: RunSummary, axes: readonly Axis[], box: Box): SVGElement | undefined {
  let isPenDown = false;
  let count = 0;
  const parts = axes.map(({ at }, index) => {
    const high = at(run);
    if (high === undefined) {
      isPenDown = false;
      return "";
    }
    const part = `${isPenDown ? "L" : "M"}${across(box, index / Math.max(1, axes.length - 1)).toFixed(1)} ${up(box, high).toFixed(1)}`;
    isPenDown = true;
    count++;
    return part;
  });
  return count < 2 ? undefined : svg("path", { d: parts.join("") });
}

function svg(tag: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const built = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) built.setAttribute(name, String(value));
  return built;
}

function words(
  text: string,
  attributes: Readonly<Record<string, string | number>>,
  tag: "text" | "tspan" = "text",
): SVGElement {
  const built = svg(tag, attributes);
  built.textContent = text;
  return built;
}

/** In two lines where it is longer than `most` and has words, the last one at the place. */
function titledLines(
  text: string,
  most: number,
  attributes: Readonly<Record<string, string | number>>,
): SVGElement {
  const built = svg("text", attributes);
  const lines = text.length > most ? halves(text) : [text];
  for (const [index, line] of lines.entries()) {
    const dy = index > 0 ? lineHeight : -lineHeight * (lines.length - 1);
    built.append(words(middle(line, most), { x: attributes["x"] ?? 0, dy }, "tspan"));
  }
  built.append(titled(text));
  return built;
}

/** Divided at the space that is nearest to the middle. */
function halves(text: string): readonly string[] {
  const spaces = [...text.matchAll(/ /g)].map(({ index }) => index);
  const far = (index: number) => Math.abs(index - text.length / 2);
  const [at] = spaces.sort((a, b) => far(a) - far(b));
  return at === undefined ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function titled(text: string): SVGElement {
  const title = svg("title", {});
  title.textContent = text;
  return title;
}
