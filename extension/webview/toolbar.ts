import type { Tab } from "../panel/messages.ts";
import { button, element } from "./dom.ts";
import type { PanelState, XAxis } from "./state.ts";

export type ExportFormat = "png" | "svg" | "csv";

export interface ToolbarActions {
  set(change: Partial<PanelState>): void;
  zoomBy(factor: number): void;
  resetZoom(): void;
  exportAs(format: ExportFormat): void;
}

const tabs: readonly (readonly [Tab, string])[] = [
  ["charts", "Charts"],
  ["runs", "Runs"],
  ["compare", "Compare"],
  ["inspect", "Disagreements"],
  ["table", "Table"],
];

/** The toolbar: choice of view, and options of the charts. */
export class Toolbar {
  readonly root: HTMLElement;
  readonly #tabs = new Map<Tab, HTMLButtonElement>();
  readonly #x: HTMLSelectElement;
  readonly #smoothing: HTMLInputElement;
  readonly #smoothingValue = element("output");
  readonly #log: HTMLInputElement;
  readonly #weighted: HTMLInputElement;
  readonly #clip: HTMLInputElement;
  readonly #reset: HTMLButtonElement;
  readonly #chartControls: HTMLElement;

  constructor(actions: ToolbarActions) {
    const strip = element("div", { class: "tabs", attributes: { role: "tablist", "aria-label": "Views" } });
    for (const [tab, label] of tabs) {
      const control = element("button", {
        text: label,
        attributes: { type: "button", role: "tab", "aria-controls": "view" },
        on: { click: () => actions.set({ tab }), keydown: (event) => this.#moveTab(event, tab, actions) },
      });
      this.#tabs.set(tab, control);
      strip.append(control);
    }
    this.#x = element(
      "select",
      { on: { change: () => actions.set({ x: this.#x.value as XAxis }) } },
      (["step", "epoch", "time"] as const).map((x) =>
        element("option", { text: x, attributes: { value: x } }),
      ),
    );
    this.#smoothing = element("input", {
      attributes: { type: "range", min: "0", max: "0.99", step: "0.01", "aria-label": "Smoothing" },
      on: { input: () => actions.set({ smoothing: Number(this.#smoothing.value) }) },
    });
    this.#log = toggle((on) => actions.set({ logScale: on }));
    this.#clip = toggle((on) => actions.set({ clip: on }));
    this.#weighted = toggle((on) => actions.set({ weighted: on }));
    this.#reset = button("Reset", actions.resetZoom, { title: "Show everything (0)" });
    this.#chartControls = element("div", { class: "controls" }, [
      element("label", { title: "What the horizontal axis counts" }, ["X", this.#x]),
      element(
        "label",
        { class: "smoothing", title: "Smoothing; the raw line stays visible behind the smoothed one" },
        [element("span", { class: "word", text: "Smoothing" }), this.#smoothing, this.#smoothingValue],
      ),
      element("label", { title: "Logarithmic scale for losses, norms and rates" }, [this.#log, "Log"]),
      element(
        "label",
        { title: "Leave outliers out of the y axis: the greatest and the least hundredth of the values" },
        [this.#clip, "Clip"],
      ),
      element("label", { title: "Draw each term times its weight" }, [this.#weighted, "Weighted"]),
      element("span", { class: "group", attributes: { role: "group", "aria-label": "Zoom" } }, [
        button("−", () => actions.zoomBy(2), { name: "Zoom out", title: "Zoom out (−)" }),
        button("+", () => actions.zoomBy(0.5), {
          name: "Zoom in",
          title: "Zoom in (+), or drag over a chart",
        }),
        this.#reset,
      ]),
      element("span", { class: "group", attributes: { role: "group", "aria-label": "Export" } }, [
        element("span", { class: "note word", text: "Export" }),
        ...(["png", "svg", "csv"] as const).map((format) =>
          button(format.toUpperCase(), () => actions.exportAs(format), {
            title: `Export as ${format.toUpperCase()}`,
          }),
        ),
      ]),
    ]);
    this.root = element("div", { class: "toolbar" }, [strip, this.#chartControls]);
  }

  update(state: PanelState): void {
    for (const [tab, control] of this.#tabs) {
      control.setAttribute("aria-selected", String(tab === state.tab));
      control.tabIndex = tab === state.tab ? 0 : -1;
    }
    this.#x.value = state.x;
    this.#smoothing.value = String(state.smoothing);
    this.#smoothingValue.textContent = state.smoothing.toFixed(2);
    this.#log.checked = state.logScale;
    this.#clip.checked = state.clip ?? false;
    this.#weighted.checked = state.weighted;
    this.#reset.disabled = state.zoom === undefined;
    this.#chartControls.hidden = state.tab !== "charts";
  }

  #moveTab(event: KeyboardEvent, tab: Tab, actions: ToolbarActions): void {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    event.preventDefault();
    const at = tabs.findIndex(([name]) => name === tab);
    const next = tabs[(at + (event.key === "ArrowRight" ? 1 : tabs.length - 1)) % tabs.length];
    if (next === undefined) return;
    actions.set({ tab: next[0] });
    this.#tabs.get(next[0])?.focus();
  }
}

function toggle(changed: (on: boolean) => void): HTMLInputElement {
  const box = element("input", {
    attributes: { type: "checkbox" },
    on: { change: () => changed(box.checked) },
  });
  return box;
}
