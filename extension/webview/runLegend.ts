import { grouped, percent } from "../../server/grouped.ts";
import type { RunSummary } from "../../server/protocol.ts";
import {
  briefMetric,
  cautions,
  endWords,
  fullName,
  keyMetric,
  nameAmong,
  stateWords,
  warned,
  whenWords,
} from "../runs/wording.ts";
import { arrange, button, element, swatch } from "./dom.ts";
import type { ShownRun } from "./page.ts";
import { runContext } from "./runContext.ts";

type Stroke = Pick<ShownRun, "colour" | "dash">;

export interface LegendActions {
  show(directories: readonly string[], shown: boolean): void;
  /** Follow an experiment file: draw each new run of it as it begins; undefined: follow none. */
  follow(experiment: string | undefined): void;
  showTable(): void;
  /** Draws each run again, and not the mean of its group. */
  ungroup(): void;
  /** The run that the pointer is at. */
  highlight(directory: string | undefined): void;
}

/** With more runs than this the list has a filter. */
const filterFrom = 8;
/** Most runs in the list, beside those that are drawn; the table of runs has all. */
const mostListed = 200;

/** The runs to choose from: check box, colour, name, state. */
export class RunLegend {
  readonly root: HTMLElement;
  readonly #list = element("ul");
  readonly #filter: HTMLInputElement;
  readonly #follow: HTMLElement;
  readonly #more: HTMLButtonElement;
  readonly #grouped: HTMLButtonElement;
  readonly #followBox: HTMLInputElement;
  readonly #followName = element("span", { class: "name" });
  #experiment: string | undefined;
  readonly #actions: LegendActions;
  #kept = new ResizeObserver(() => undefined);
  #draw: () => void = () => undefined;

  constructor(actions: LegendActions) {
    this.#actions = actions;
    this.#filter = element("input", {
      attributes: { type: "search", placeholder: "Filter runs", "aria-label": "Filter runs" },
      on: { input: () => this.#draw() },
    });
    this.#grouped = button("", actions.ungroup, { class: "link" });
    this.#more = button("", actions.showTable, { class: "link" });
    this.#followBox = element("input", {
      attributes: { type: "checkbox" },
      on: { change: () => actions.follow(this.#followBox.checked ? this.#experiment : undefined) },
    });
    this.#follow = element("label", { class: "follow", title: "Draw each new run of it as it begins" }, [
      this.#followBox,
      this.#followName,
    ]);
    const all = (shown: boolean) => () => this.#actions.show(this.#listed(), shown);
    this.root = element("aside", { class: "legend", attributes: { "aria-label": "Runs" } }, [
      element("header", {}, [
        element("h2", { text: "Runs" }),
        button("All", all(true), { class: "link", title: "Draw all listed runs" }),
        button("None", all(false), { class: "link", title: "Draw none of the listed runs" }),
      ]),
      this.#follow,
      this.#grouped,
      this.#filter,
      this.#list,
      this.#more,
    ]);
  }

  update(view: {
    runs: readonly RunSummary[];
    shown: ReadonlySet<string>;
    /** The file of all shown runs. */
    experiment: string | undefined;
    follow: string | undefined;
    /** What runs are drawn as means of. */
    group: string | undefined;
    /** Style of its lines; undefined while it is not drawn. */
    strokeOf: (directory: string) => Stroke | undefined;
  }): void {
    this.#experiment = view.follow ?? view.experiment;
    this.#grouped.hidden = view.group === undefined;
    this.#grouped.textContent = `Mean by ${view.group}: draw each run`;
    this.#follow.hidden = this.#experiment === undefined;
    this.#followBox.checked = view.follow !== undefined;
    this.#followName.textContent = `Follow ${this.#experiment?.split(/[\\/]/).at(-1) ?? ""}`;
    this.#draw = () => {
      const { runs, shown, strokeOf } = view;
      const nameOf = nameAmong(runs);
      this.#filter.hidden = runs.length < filterFrom;
      const wanted = this.#filter.hidden ? "" : this.#filter.value.trim().toLowerCase();
      const passed = runs.filter(
        (run) =>
          wanted === "" ||
          `${fullName(run)} ${run.name} ${run.id} ${run.experiment}`.toLowerCase().includes(wanted),
      );
      let left = mostListed;
      const listed = passed.filter(({ directory }) => shown.has(directory) || left-- > 0);
      this.#more.hidden = listed.length === passed.length;
      this.#more.textContent = `${grouped(passed.length - listed.length)} more in the table of runs`;
      // Rows are reused, so that focus and a pressed check box stay.
      const rows = new Map([...this.#list.children].map((row) => [row.getAttribute("data-directory"), row]));
      // Nor is what stays touched: the page would be laid out anew, in each frame of a run that trains.
      arrange(
        this.#list,
        listed.map((run) => {
          const row = {
            name: nameOf(run),
            shown: shown.has(run.directory),
            stroke: strokeOf(run.directory),
          };
          const key = rowKey(run, row);
          const kept = rows.get(run.directory);
          if (kept?.getAttribute("data-key") === key) return kept;
          const focused = kept?.contains(document.activeElement) ?? false;
          const drawn = this.#row(run, { ...row, key });
          if (focused) queueMicrotask(() => drawn.querySelector("input")?.focus());
          return drawn;
        }),
      );
    };
    this.#draw();
  }

  #row(
    run: RunSummary,
    options: { name: string; shown: boolean; stroke: Stroke | undefined; key: string },
  ): HTMLLIElement {
    const box = element("input", {
      attributes: { type: "checkbox" },
      on: { change: () => this.#actions.show([run.directory], box.checked) },
    });
    box.checked = options.shown;
    const mark = swatch(options.stroke?.colour ?? "transparent", options.stroke?.dash);
    if (!options.shown) mark.classList.add("hollow");
    const { highlight } = this.#actions;
    const on = {
      mouseenter: () => highlight(run.directory),
      mouseleave: () => highlight(undefined),
    };
    const own = { "data-directory": run.directory, "data-key": options.key };
    return element("li", { on, attributes: { ...own, ...runContext(run) } }, [
      element(
        "label",
        {
          title: [
            fullName(run),
            ...(run.changes ?? []),
            run.id,
            run.experiment,
            stateWords[run.state],
            ...(warned(run)?.full ?? []),
            ...cautions(run),
          ].join("\n"),
        },
        [
          box,
          mark,
          element("span", { class: "name", text: options.name }),
          element("span", { class: "when", text: whenWords(run) }),
          element("span", { class: `standing ${run.state}`, text: standing(run) }),
        ],
      ),
    ]);
  }

  /** Scrolls to the first run that is drawn: the newest are above it. It stays in sight until the person scrolls. */
  reveal(): void {
    const scroll = () =>
      this.#list.querySelector("input:checked")?.closest("li")?.scrollIntoView({ block: "nearest" });
    scroll();
    this.#kept.disconnect();
    this.#kept = new ResizeObserver(scroll);
    this.#kept.observe(this.root);
    const leave = () => this.#kept.disconnect();
    for (const touch of ["wheel", "pointerdown", "keydown"])
      this.root.addEventListener(touch, leave, { once: true, passive: true });
  }

  #listed(): string[] {
    return [...this.#list.children].flatMap((row) => row.getAttribute("data-directory") ?? []);
  }
}

function standing(run: RunSummary): string {
  if (run.state === "running") {
    return run.progress === undefined ? (run.doing ?? "starting") : percent(run.progress, 0);
  }
  const key = keyMetric(run);
  if (run.state === "completed" && key !== undefined) return briefMetric(key);
  return endWords(run);
}

const rowKey = (
  run: RunSummary,
  { name, shown, stroke }: { name: string; shown: boolean; stroke: Stroke | undefined },
): string =>
  [
    name,
    run.startedAt,
    run.state,
    standing(run),
    warned(run)?.brief,
    shown,
    stroke?.colour,
    stroke?.dash,
  ].join("\n");
