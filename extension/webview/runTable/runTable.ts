import { counted, percent } from "../../../server/grouped.ts";
import type { RunSummary } from "../../../server/protocol.ts";
import { spreadOf } from "../../../server/statistics/spread.ts";
import { metricText } from "../../../server/tasks/metricText.ts";
import { metricOf } from "../../../server/tasks/tasks.ts";
import type { Annotation } from "../../panel/messages.ts";
import { fullName, nameAmong, standingWords } from "../../runs/wording.ts";
import { arrange, breakable, element, swatch } from "../dom.ts";
import type { ShownRun } from "../page.ts";
import { runContext } from "../runContext.ts";
import { Annotations } from "./annotations.ts";
import type { Column } from "./columns.ts";
import type { Line } from "./rows.ts";
import type { TableChange, TableState } from "./tableState.ts";

export interface TableActions {
  set(change: TableChange): void;
  show(directories: readonly string[], shown: boolean): void;
  /** Opens the charts of this run alone. */
  open(directory: string): void;
  annotate(directory: string, annotation: Annotation): void;
}

export interface TableView {
  readonly runs: readonly RunSummary[];
  /** Those that pass the filters. */
  readonly listed: readonly RunSummary[];
  readonly lines: readonly Line[];
  /** Without hidden ones. */
  readonly columns: readonly Column[];
  readonly state: TableState;
  /** By directory: the metric by which it is the best of its experiment. */
  readonly best: ReadonlyMap<string, string>;
  readonly shown: ReadonlySet<string>;
  readonly strokeOf: (directory: string) => Pick<ShownRun, "colour" | "dash"> | undefined;
}

/** In pixels; style.css has the same. */
const rowHeight = 26;
/** Rows above and below those in sight. */
const overscan = 8;
/** Most runs that one click draws. */
const mostDrawn = 50;

const widths = { name: 250, state: 92, metric: 142, setting: 118, fact: 104, tags: 130, note: 240 } as const;

/** The table of all runs, of which only the rows in sight are in the document. */
export class RunTable {
  readonly root = element("div", { class: "run-table" });
  readonly #actions: TableActions;
  readonly #annotations: Annotations;
  readonly #columnWidths = element("colgroup");
  readonly #head = element("thead");
  readonly #body = element("tbody");
  readonly #above = element("tr", { class: "spacer", attributes: { "aria-hidden": "true" } });
  readonly #below = element("tr", { class: "spacer", attributes: { "aria-hidden": "true" } });
  readonly #table: HTMLTableElement;
  #view: TableView | undefined;
  #headKey = "";
  /** Index of the line whose controls the Tab key reaches. */
  #active = 0;
  /** Index of the drawn line that it reaches: another one while that is out of sight. */
  #inTab = 0;
  #waiting = false;
  #pinned: RunSummary | undefined;
  #nameOf: (run: RunSummary) => string = fullName;

  constructor(actions: TableActions) {
    this.#actions = actions;
    this.#annotations = new Annotations({
      annotate: (directory, annotation) => actions.annotate(directory, annotation),
      latest: (directory) => this.#view?.runs.find((run) => run.directory === directory),
      left: () => this.#drawRows(),
    });
    this.#table = element("table", { class: "runs", attributes: { "aria-label": "Runs" } }, [
      this.#columnWidths,
      this.#head,
      this.#body,
    ]);
    this.#above.append(element("td"));
    this.#below.append(element("td"));
    this.root.append(this.#table);
    this.root.addEventListener("scroll", () => this.#drawSoon(), { passive: true });
    this.#body.addEventListener("keydown", (event) => this.#onKey(event));
    this.#body.addEventListener("focusin", ({ target }) => {
      const row = target instanceof Element ? target.closest("tr") : null;
      if (row !== null) this.#activate(this.#indexOf(row));
    });
    new ResizeObserver(() => this.#drawSoon()).observe(this.root);
  }

  update(view: TableView): void {
    this.#view = view;
    this.#nameOf = nameAmong(view.runs);
    this.#pinned = view.runs.find(({ directory }) => directory === view.state.pinned);
    this.#active = Math.min(this.#active, Math.max(0, view.lines.length - 1));
    this.#table.setAttribute("aria-rowcount", String(view.lines.length + 1));
    this.#drawHead(view);
    this.#drawRows();
  }

  /** What the host could not keep. */
  refuse(directory: string, annotation: Annotation): void {
    this.#annotations.refuse(directory, annotation);
    this.#drawRows();
  }

  #drawSoon(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    requestAnimationFrame(() => {
      this.#waiting = false;
      this.#drawRows({ isSame: true });
    });
  }

  // --- head -----------------------------------------------------------------------------------------------------------

  #drawHead(view: TableView): void {
    const { columns, state, listed, shown } = view;
    const pinned = this.#pinned;
    const drawn = listed.filter(({ directory }) => shown.has(directory)).length;
    const key = [
      columns.map(({ id }) => id).join("\n"),
      JSON.stringify(state.sort),
      `${drawn} ${listed.length}`,
      pinned && this.#keyOf({ kind: "run", run: pinned }, view),
    ].join("\n");
    if (key === this.#headKey) return;
    this.#headKey = key;
    const focused = this.#head.contains(document.activeElement)
      ? document.activeElement?.getAttribute("data-control")
      : undefined;
    const sizes = [
      widths.name,
      widths.state,
      ...columns.map(({ kind }) => widths[kind]),
      widths.tags,
      widths.note,
    ];
    this.#columnWidths.replaceChildren(
      ...sizes.map((size) => {
        const column = element("col");
        column.style.width = `${size}px`;
        return column;
      }),
    );
    this.#table.style.width = `${sizes.reduce((sum, size) => sum + size, 0)}px`;
    const all = element("input", {
      title: `Draw the first ${mostDrawn} of these runs in the charts`,
      attributes: { type: "checkbox", "aria-label": "Draw the listed runs", "data-control": "all" },
      on: {
        change: () => {
          const some = all.checked ? listed.slice(0, mostDrawn) : listed;
          this.#actions.show(
            some.map(({ directory }) => directory),
            all.checked,
          );
        },
      },
    });
    all.checked = drawn > 0 && drawn === Math.min(listed.length, mostDrawn);
    all.indeterminate = drawn > 0 && !all.checked;
    const head = element("tr", { attributes: { "aria-rowindex": "1" } }, [
      this.#headCell("name", "Run", { class: "fixed name-cell" }, [all]),
      this.#headCell("state", "State", { class: "fixed state-cell" }),
      ...columns.map(({ id, title, kind }) => this.#headCell(id, title, { class: kind })),
      this.#headCell("tags", "Tags", { class: "text" }),
      this.#headCell("note", "Note", { class: "text" }),
    ]);
    const pin = pinned === undefined ? [] : [this.#runRow(pinned, view, { isPin: true })];
    this.#head.replaceChildren(head, ...pin);
    if (focused) this.#head.querySelector<HTMLElement>(`[data-control="${CSS.escape(focused)}"]`)?.focus();
  }

  #headCell(
    id: string,
    title: string,
    options: { readonly class: string },
    before: readonly HTMLElement[] = [],
  ): HTMLElement {
    const { sort } = this.#view?.state ?? {};
    const isSorted = sort?.column === id;
    const direction = isSorted ? (sort.descending ? "descending" : "ascending") : "none";
    // The best or greatest first, then the other way round, and then as they began.
    const isFirst = !(metricOf(id)?.better === "lower" || id === "name");
    const next = !isSorted
      ? { column: id, descending: isFirst }
      : sort.descending === isFirst
        ? { column: id, descending: !isFirst }
        : undefined;
    const arrow = isSorted ? (sort.descending ? " ▼" : " ▲") : "";
    const button = element("button", {
      class: "sort",
      title: `Sort by ${title}`,
      attributes: { type: "button", "data-control": `sort ${id}` },
      on: { click: () => this.#actions.set({ sort: next }) },
    });
    button.append(...breakable(title), arrow);
    return element("th", { ...options, attributes: { scope: "col", "aria-sort": direction } }, [
      element("div", { class: "name-line" }, [...before, button]),
    ]);
  }

  // --- rows -----------------------------------------------------------------------------------------------------------

  /** @param options.isSame where only the place has changed: what stays in sight is as it was */
  #drawRows({ isSame = false } = {}): void {
    const view = this.#view;
    if (view === undefined) return;
    const { lines } = view;
    const height = this.root.clientHeight || 600;
    const first = Math.max(0, Math.floor(this.root.scrollTop / rowHeight) - overscan);
    const end = Math.min(lines.length, first + Math.ceil(height / rowHeight) + 2 * overscan);
    const kept = new Map([...this.#body.children].map((row) => [row.getAttribute("data-line"), row]));
    const inTab = this.#active >= first && this.#active < end ? this.#active : first;
    const reached = [inTab, this.#inTab];
    this.#inTab = inTab;
    let focus: (() => void) | undefined;
    const rows = lines.slice(first, end).map((line, offset) => {
      const name = nameOfLine(line);
      const before = kept.get(name);
      if (isSame && before !== undefined && !reached.includes(first + offset)) return before;
      const key = this.#keyOf(line, view);
      let row = before as HTMLElement | undefined;
      if (row === undefined || (row.getAttribute("data-key") !== key && !isEdited(row))) {
        const control = row?.contains(document.activeElement)
          ? document.activeElement?.getAttribute("data-control")
          : undefined;
        const drawn = line.kind === "run" ? this.#runRow(line.run, view) : this.#groupRow(line, view);
        drawn.setAttribute("data-line", name);
        drawn.setAttribute("data-key", key);
        if (control) focus = () => controlOf(drawn, control)?.focus({ preventScroll: true });
        row = drawn;
      }
      row.setAttribute("aria-rowindex", String(first + offset + 2));
      for (const control of controlsOf(row)) control.tabIndex = first + offset === inTab ? 0 : -1;
      return row;
    });
    setHeight(this.#above, first * rowHeight);
    setHeight(this.#below, (lines.length - end) * rowHeight);
    arrange(this.#body, [this.#above, ...rows, this.#below]);
    focus?.();
  }

  /** All that a row shows. */
  #keyOf(line: Line, { columns, best, shown, strokeOf }: TableView): string {
    const ids = columns.map(({ id }) => id).join();
    if (line.kind === "group")
      return [ids, line.isFolded, line.name, ...columns.map((column) => groupCell(line.runs, column))].join(
        "\n",
      );
    const { run } = line;
    const { colour = "", dash = [] } = strokeOf(run.directory) ?? {};
    const pinned = this.#pinned;
    return [
      ids,
      this.#nameOf(run),
      ...[run.state, run.progress ?? "", shown.has(run.directory), colour, dash.join()],
      ...[best.get(run.directory) ?? "", this.#annotations.keyOf(run)],
      ...columns.map((column) => `${column.value(run)} ${pinned && column.value(pinned)}`),
    ].join("\n");
  }

  #runRow(run: RunSummary, view: TableView, { isPin = false } = {}): HTMLTableRowElement {
    const { columns, shown, strokeOf, best } = view;
    const { directory } = run;
    const name = this.#nameOf(run);
    const pinned = this.#pinned;
    const stroke = strokeOf(directory);
    const mark = swatch(stroke?.colour ?? "transparent", stroke?.dash);
    if (stroke === undefined) mark.classList.add("hollow");
    const box = element("input", {
      attributes: { type: "checkbox", "aria-label": `Draw ${name}`, "data-control": "draw" },
      on: { change: () => this.#actions.show([directory], box.checked) },
    });
    box.checked = shown.has(directory);
    const isPinned = directory === pinned?.directory;
    return element("tr", { class: isPin ? "pinned" : "", attributes: runContext(run) }, [
      nameCell([
        box,
        control("pin", isPinned ? "◆" : "◇", {
          title: isPinned ? `Unpin ${name}` : `Pin ${name}: show how others differ from it`,
          pressed: isPinned,
          act: () => this.#actions.set({ pinned: isPinned ? undefined : directory }),
        }),
        mark,
        control("open", name, {
          title: `${fullName(run)}\n${run.id}\nOpen its charts`,
          act: () => this.#actions.open(directory),
        }),
      ]),
      element("td", { class: `fixed state-cell standing ${run.state}`, text: standing(run) }),
      ...columns.map((column) =>
        this.#cell(run, column, {
          pinned: isPin ? undefined : pinned,
          isBest: best.get(directory) === column.id,
        }),
      ),
      this.#annotations.cell(run, "tags", name),
      this.#annotations.cell(run, "note", name),
    ]);
  }

  #cell(
    run: RunSummary,
    column: Column,
    { pinned, isBest }: { readonly pinned: RunSummary | undefined; readonly isBest: boolean },
  ): HTMLElement {
    const value = column.value(run);
    const words = value === undefined ? "–" : column.words(value, run);
    const other = pinned === undefined ? undefined : column.value(pinned);
    const by =
      typeof value === "number" && typeof other === "number" && pinned !== run && value !== other
        ? column.more?.(value - other)
        : undefined;
    const standing = pinned === undefined || pinned === run ? "" : value === other ? "equal" : "differs";
    return element(
      "td",
      {
        class: [column.kind, standing, isBest ? "best" : ""].join(" ").trim(),
        title: [
          words,
          ...(by === undefined ? [] : [`${by} than the pinned run`]),
          ...(isBest ? ["the best of its experiment on validation"] : []),
        ].join("\n"),
      },
      [
        isBest &&
          element("span", { text: "★ ", attributes: { role: "img", "aria-label": "best on validation" } }),
        words,
        by !== undefined && element("span", { class: "delta", text: ` ${by.split(" ")[0]}` }),
      ],
    );
  }

  #groupRow(line: Line & { kind: "group" }, { state, columns }: TableView): HTMLTableRowElement {
    const { key, name, runs, isFolded } = line;
    const folded = isFolded ? state.folded.filter((other) => other !== key) : [...state.folded, key];
    const fold = control("fold", `${isFolded ? "▸" : "▾"} ${name}`, {
      title: `${name}: ${counted(runs.length, "run")}`,
      act: () => this.#actions.set({ folded }),
    });
    fold.setAttribute("aria-expanded", String(!isFolded));
    return element("tr", { class: "group-row" }, [
      nameCell([fold]),
      element("td", { class: "fixed state-cell", text: `${runs.length} run${runs.length === 1 ? "" : "s"}` }),
      ...columns.map((column) => {
        const text = groupCell(runs, column);
        return element("td", { class: column.kind, text, title: text });
      }),
      element("td"),
      element("td"),
    ]);
  }

  // --- keyboard -------------------------------------------------------------------------------------------------------

  /** Arrows, Page Up, Page Down, Home and End move from row to row; Tab moves within a row. */
  #onKey(event: KeyboardEvent): void {
    const { lines = [] } = this.#view ?? {};
    if (event.ctrlKey || event.metaKey || event.altKey || lines.length === 0) return;
    const page = Math.max(1, Math.floor(this.root.clientHeight / rowHeight) - 3);
    const to = {
      ArrowUp: this.#active - 1,
      ArrowDown: this.#active + 1,
      PageUp: this.#active - page,
      PageDown: this.#active + page,
      Home: 0,
      End: lines.length - 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const name = document.activeElement?.getAttribute("data-control") ?? "draw";
    const index = Math.min(lines.length - 1, Math.max(0, to));
    const [top, bottom] = [index * rowHeight, (index + 1) * rowHeight];
    const inner = this.root.clientHeight - this.#head.offsetHeight;
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    else if (bottom > this.root.scrollTop + inner) this.root.scrollTop = bottom - inner;
    this.#activate(index);
    this.#drawRows();
    const row = [...this.#body.children].find((candidate) => this.#indexOf(candidate) === index);
    if (row instanceof HTMLElement)
      (controlOf(row, name) ?? controlsOf(row)[0])?.focus({ preventScroll: true });
  }

  #activate(index: number): void {
    if (index < 0) return;
    this.#active = index;
    for (const row of this.#body.children)
      for (const control of controlsOf(row)) control.tabIndex = this.#indexOf(row) === index ? 0 : -1;
  }

  #indexOf = (row: Element): number => Number(row.getAttribute("aria-rowindex") ?? 1) - 2;
}

const nameOfLine = (line: Line): string => (line.kind === "run" ? line.run.directory : `group ${line.key}`);

/** `91.20 % ± 0.30 %` of a metric; of a setting the value where all runs have the same. */
function groupCell(runs: readonly RunSummary[], column: Column): string {
  const values = runs.flatMap((run) => column.value(run) ?? []);
  const numbers = values.filter((value) => typeof value === "number");
  if (column.kind === "metric" && column.id !== "gain") {
    if (numbers.length === 0) return "";
    const { mean, std: computed } = spreadOf(numbers);
    // Of equal values, rounding leaves one in the last digits.
    const std = computed !== undefined && computed < 1e-12 * Math.abs(mean) ? 0 : computed;
    const spread = std === undefined ? "" : ` ± ${metricText(column.id, std)}`;
    return metricText(column.id, mean) + spread;
  }
  const [first, ...others] = new Set(values);
  return first === undefined || others.length > 0 || values.length < runs.length || column.id === "started"
    ? ""
    : column.words(first, runs[0]);
}

const nameCell = (parts: readonly HTMLElement[]): HTMLElement =>
  element("th", { class: "fixed name-cell", attributes: { scope: "row" } }, [
    element("div", { class: "name-line" }, parts),
  ]);

const standing = (run: RunSummary): string =>
  run.state === "running" && run.progress !== undefined && run.place === undefined
    ? `Running ${percent(run.progress, 0)}`
    : standingWords(run);

function control(
  name: string,
  text: string,
  { title, pressed, act }: { readonly title: string; readonly pressed?: boolean; readonly act: () => void },
): HTMLButtonElement {
  return element("button", {
    class: `in-cell ${name.replace(" ", "-")}`,
    title,
    text,
    attributes: {
      ...{ type: "button", "data-control": name },
      ...(pressed === undefined ? {} : { "aria-pressed": String(pressed), "aria-label": title }),
    },
    on: { click: act },
  });
}

const controlsOf = (row: Element): HTMLElement[] => [
  ...row.querySelectorAll<HTMLElement>("button, input, textarea"),
];

const controlOf = (row: HTMLElement, name: string): HTMLElement | undefined =>
  controlsOf(row).find((control) => control.getAttribute("data-control") === name);

const isEdited = (row: HTMLElement): boolean => row.querySelector(".edit") !== null;

function setHeight(row: HTMLTableRowElement, height: number): void {
  row.hidden = height <= 0;
  row.style.height = `${height}px`;
}
