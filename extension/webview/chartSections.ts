import type { ChartSpec } from "./chartList.ts";
import { element } from "./dom.ts";

/** With more charts than this they are in sections, and are searched. */
const sectionsFrom = 9;

interface Section {
  readonly name: string;
  readonly specs: readonly ChartSpec[];
  readonly isFolded: boolean;
}

const system = new Set(["learningRate", "gradNorm", "samplesPerSecond", "memory"]);
const sectionOf = ({ series }: ChartSpec): string =>
  series.startsWith("validation.") ? "Validation" : system.has(series) ? "System" : "Losses";

export interface ChartChoice {
  readonly text?: string;
  readonly folded?: readonly string[];
}

/** The head of many charts: a search above them, and a heading a section, which folds it. */
export class ChartSections {
  readonly search: HTMLInputElement;
  readonly #fold: (name: string) => void;
  readonly #headings = new Map<string, HTMLElement>();

  constructor(actions: { search(text: string): void; fold(name: string): void }) {
    this.#fold = actions.fold;
    this.search = element("input", {
      class: "chart-search",
      attributes: { type: "search", placeholder: "Search charts", "aria-label": "Search charts" },
      on: { input: () => actions.search(this.search.value) },
    });
  }

  /** The charts to draw, each section after its heading; a heading is absent where charts are few. */
  arrange(
    specs: readonly ChartSpec[],
    { text = "", folded = [] }: ChartChoice,
  ): readonly { readonly heading?: HTMLElement; readonly specs: readonly ChartSpec[] }[] {
    const isMany = specs.length > sectionsFrom;
    this.search.hidden = !isMany;
    if (document.activeElement !== this.search) this.search.value = text;
    if (!isMany) return [{ specs }];
    const wanted = text.trim().toLowerCase();
    const passed = specs.filter(({ title, series }) => `${title}\n${series}`.toLowerCase().includes(wanted));
    return ["Losses", "Validation", "System"].flatMap((name) => {
      const own = passed.filter((spec) => sectionOf(spec) === name);
      if (own.length === 0) return [];
      const section = { name, specs: own, isFolded: folded.includes(name) };
      return [{ heading: this.#heading(section), specs: section.isFolded ? [] : own }];
    });
  }

  #heading({ name, specs, isFolded }: Section): HTMLElement {
    const heading =
      this.#headings.get(name) ??
      element("h2", { class: "chart-section" }, [
        element("button", {
          class: "link",
          attributes: { type: "button" },
          on: { click: () => this.#fold(name) },
        }),
      ]);
    this.#headings.set(name, heading);
    const button = heading.querySelector("button");
    button?.setAttribute("aria-expanded", String(!isFolded));
    if (button) button.textContent = `${isFolded ? "▸" : "▾"} ${name} (${specs.length})`;
    return heading;
  }
}
