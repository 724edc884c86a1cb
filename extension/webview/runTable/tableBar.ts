import { counted, grouped } from "../../../server/grouped.ts";
import type { RunState, SettingsTable } from "../../../server/protocol.ts";
import { stateWords } from "../../runs/wording.ts";
import { element } from "../dom.ts";
import type { Column } from "./columns.ts";
import {
  type Comparison,
  comparisons,
  type Grouping,
  type TableChange,
  type TableState,
  type TableView,
} from "./tableState.ts";

interface BarView {
  readonly state: TableState;
  /** Hidden ones among them. */
  readonly columns: readonly Column[];
  /** Of a scatter plot: across and up. */
  readonly axes: readonly Column[];
  readonly listed: number;
  readonly all: number;
  readonly same: SettingsTable["same"] | undefined;
}

/** Filters, groups and columns of the table of runs. */
export class TableBar {
  readonly root: HTMLElement;
  readonly #set: (change: TableChange) => void;
  readonly #text: HTMLInputElement;
  readonly #state: HTMLSelectElement;
  readonly #column: HTMLSelectElement;
  readonly #comparison: HTMLSelectElement;
  readonly #value: HTMLInputElement;
  readonly #group: HTMLSelectElement;
  readonly #view: HTMLSelectElement;
  readonly #across: HTMLSelectElement;
  readonly #up: HTMLSelectElement;
  readonly #axes: HTMLElement;
  readonly #columns = element("div", { class: "column-list" });
  readonly #count = element("span", { class: "note", attributes: { role: "status" } });
  #columnsKey = "";

  constructor(set: (change: TableChange) => void) {
    this.#set = set;
    this.#text = element("input", {
      attributes: {
        type: "search",
        placeholder: "Filter: name, #tag, note",
        "aria-label": "Filter the table",
      },
      on: { input: () => set({ text: this.#text.value }) },
    });
    this.#state = choice("State", [["", "any state"], ...Object.entries(stateWords)], (state) =>
      set({ state: (state || undefined) as RunState | undefined }),
    );
    this.#column = choice("Column of the condition", [["", "no condition"]], () => this.#setCondition());
    this.#comparison = choice(
      "Comparison",
      comparisons.map((name) => [name, name]),
      () => this.#setCondition(),
    );
    this.#value = element("input", {
      class: "number",
      title: "A number; of a column in per cent, per cent: 90",
      attributes: { type: "text", inputmode: "decimal", "aria-label": "Number of the condition" },
      on: { input: () => this.#setCondition() },
    });
    this.#group = choice(
      "Group",
      [
        ["", "no groups"],
        ["experiment", "by experiment"],
        ["sweep", "by sweep"],
      ],
      (group) => set({ group: (group || undefined) as Grouping | undefined, folded: [] }),
    );
    this.#view = choice(
      "View",
      [
        ["table", "Table"],
        ["scatter", "Scatter plot"],
        ["parallel", "Parallel coordinates"],
      ],
      (view) => set({ view: view as TableView }),
    );
    this.#across = choice("Across", [], (across) => set({ across }));
    this.#up = choice("Up", [], (up) => set({ up }));
    this.#axes = element("span", { class: "group" }, [this.#up, "by", this.#across]);
    this.root = element(
      "div",
      { class: "table-bar", attributes: { role: "search", "aria-label": "Filters" } },
      [
        this.#view,
        this.#axes,
        this.#text,
        this.#state,
        element("span", { class: "group" }, [this.#column, this.#comparison, this.#value]),
        this.#group,
        element("details", { class: "columns", on: { keydown: closeOnEscape } }, [
          element("summary", { text: "Columns" }),
          this.#columns,
        ]),
        this.#count,
      ],
    );
  }

  update({ state, columns, axes, listed, all, same }: BarView): void {
    if (document.activeElement !== this.#text) this.#text.value = state.text;
    this.#state.value = state.state ?? "";
    this.#group.value = state.group ?? "";
    this.#count.textContent =
      listed === all ? counted(all, "run") : `${grouped(listed)} of ${counted(all, "run")}`;
    const key = [
      columns.map(({ id }) => id).join("\n"),
      state.hidden.join("\n"),
      Object.keys(same ?? {}).length,
    ].join("\n\n");
    if (key !== this.#columnsKey) {
      this.#columnsKey = key;
      this.#fillColumns(columns, state, same);
    }
    this.#view.value = state.view ?? "table";
    this.#axes.hidden = state.view !== "scatter";
    const [x, y] = axes;
    this.#across.value = x?.id ?? "";
    this.#up.value = y?.id ?? "";
    const { where } = state;
    if (this.#column.value !== (where?.column ?? "") && where !== undefined)
      this.#column.value = where.column;
    if (where !== undefined) this.#comparison.value = where.comparison;
    const isIdle = document.activeElement !== this.#value;
    const column = columns.find(({ id }) => id === where?.column);
    if (isIdle && where !== undefined && column !== undefined)
      this.#value.value = String(Number((where.value * factorOf(column)).toPrecision(12)));
    this.#value.disabled = this.#column.value === "";
    this.#comparison.disabled = this.#value.disabled;
  }

  #setCondition(): void {
    const { value: column } = this.#column;
    const text = this.#value.value.trim().replace(",", ".");
    const value = Number(text);
    this.#value.disabled = column === "";
    this.#comparison.disabled = column === "";
    const isWhole = column !== "" && text !== "" && Number.isFinite(value);
    this.#value.setAttribute("aria-invalid", String(text !== "" && !Number.isFinite(value)));
    const factor = this.#column.selectedOptions[0]?.dataset["factor"] ?? "1";
    this.#set({
      where: isWhole
        ? { column, comparison: this.#comparison.value as Comparison, value: value / Number(factor) }
        : undefined,
    });
  }

  #fillColumns(columns: readonly Column[], { hidden }: TableState, same: SettingsTable["same"] = {}): void {
    for (const axis of [this.#across, this.#up])
      axis.replaceChildren(
        ...columns.map(({ id, title }) => element("option", { text: title, attributes: { value: id } })),
      );
    const chosen = this.#column.value;
    this.#column.replaceChildren(
      element("option", { text: "no condition", attributes: { value: "" } }),
      ...columns
        .filter(({ id }) => id !== "started" && id !== "gain")
        .map((column) =>
          element("option", {
            text: factorOf(column) === 100 ? `${column.title}, %` : column.title,
            attributes: { value: column.id, "data-factor": String(factorOf(column)) },
          }),
        ),
    );
    this.#column.value = chosen;
    if (this.#column.value !== chosen) this.#column.value = "";
    const focused = this.#columns.contains(document.activeElement)
      ? document.activeElement?.getAttribute("data-column")
      : undefined;
    const open = [...this.#columns.querySelectorAll("details[open]")].map((part) =>
      part.getAttribute("data-part"),
    );
    this.#columns.replaceChildren(
      ...columns.map(({ id, title }) => {
        const box = element("input", {
          attributes: { type: "checkbox", "data-column": id },
          on: {
            change: () =>
              this.#set({ hidden: box.checked ? hidden.filter((other) => other !== id) : [...hidden, id] }),
          },
        });
        box.checked = !hidden.includes(id);
        return element("label", {}, [box, title]);
      }),
      ...foldedParts(same, open),
    );
    if (focused) this.#columns.querySelector<HTMLElement>(`[data-column="${CSS.escape(focused)}"]`)?.focus();
  }
}

/** What all runs have alike, folded by the first key of its path. */
function foldedParts(same: SettingsTable["same"], open: readonly (string | null)[]): HTMLElement[] {
  const parts = new Map<string, string[]>();
  for (const [path, value] of Object.entries(same)) {
    const [part = path] = path.split(/[.[]/);
    parts.set(part, [...(parts.get(part) ?? []), `${path}: ${value}`]);
  }
  return [...parts].map(([part, lines]) => {
    const folded = element("details", { attributes: { "data-part": part } }, [
      element("summary", { text: `${part}: ${grouped(lines.length)} equal in all runs` }),
      element(
        "ul",
        {},
        lines.map((text) => element("li", { text })),
      ),
    ]);
    folded.open = open.includes(part);
    return folded;
  });
}

/** Shares are shown, and asked for, in per cent. */
const factorOf = ({ id, words }: Column): 1 | 100 => (id !== "gain" && words(0.5).includes("%") ? 100 : 1);

function closeOnEscape(event: KeyboardEvent): void {
  const { currentTarget } = event;
  if (event.key !== "Escape" || !(currentTarget instanceof HTMLDetailsElement)) return;
  currentTarget.open = false;
  currentTarget.querySelector("summary")?.focus();
}

function choice(
  label: string,
  options: readonly (readonly [value: string, text: string])[],
  chosen: (value: string) => void,
): HTMLSelectElement {
  const select = element(
    "select",
    { attributes: { "aria-label": label }, on: { change: () => chosen(select.value) } },
    options.map(([value, text]) => element("option", { text, attributes: { value } })),
  );
  return select;
}
