import { codeSpans } from "../../../server/codeSpans.ts";
import { grouped } from "../../../server/grouped.ts";
import { cellWords } from "../../../server/inspection/cells.ts";
import { orderWords, sampleSets } from "../../../server/inspection/sampleSets.ts";
import type {
  InspectedNetwork,
  InspectedSample,
  InspectLine,
  InspectOverview,
  InspectQuery,
  SampleOrder,
  SampleSet,
} from "../../../server/protocol.ts";
import { networkWords } from "../../../server/statistics/networkWords.ts";
import { button, element } from "../dom.ts";
import type { Theme } from "../theme.ts";
import { aboveSamples } from "./aboveSamples.ts";
import { chooser } from "./chooser.ts";
import { sampleView } from "./sampleView.ts";

const pageSize = 60;

type Selection = Pick<InspectQuery, "show" | "cell" | "order" | "from">;

/** The networks' predictions for a run's samples: what they come to, and the samples themselves, page by page. */
export class InspectView {
  readonly root = element("div", { class: "inspect" });
  readonly #ask: (directory: string, query?: InspectQuery) => void;
  #directory: string | undefined;
  #overview: InspectOverview | undefined;
  #problem: string | undefined;
  #note: string | undefined;
  #hasPreviews = false;
  #network: InspectedNetwork = "student";
  #output = 0;
  #selection: Selection = { show: "disagreements", order: "sure", from: 0 };
  #page: { readonly total: number; readonly samples: readonly InspectedSample[] } | undefined;
  #request = 0;
  #theme: Theme;
  readonly #status = element("p", { class: "note", attributes: { role: "status" } });
  readonly #above = element("div", { class: "inspect-top" });
  readonly #samples = element("section", { attributes: { "aria-label": "Samples" } });

  constructor(options: {
    readonly ask: (directory: string, query?: InspectQuery) => void;
    readonly theme: Theme;
  }) {
    this.#ask = options.ask;
    this.#theme = options.theme;
    this.root.append(this.#status, this.#above, this.#samples);
  }

  /** Shows this run; undefined: none, and the next one starts from its first page. */
  show(directory: string | undefined): void {
    if (directory === this.#directory) return;
    this.#directory = directory;
    this.#overview = undefined;
    this.#problem = undefined;
    this.#note = undefined;
    this.#page = undefined;
    this.#hasPreviews = false;
    this.#draw();
    if (directory !== undefined) this.#ask(directory);
  }

  dress(theme: Theme): void {
    this.#theme = theme;
    this.#drawAbove();
  }

  take(directory: string, line: InspectLine): void {
    if (directory !== this.#directory) return;
    switch (line.event) {
      case "opened":
        this.#overview = line.overview;
        this.#network = line.overview.networks.includes("student")
          ? "student"
          : (line.overview.networks[0] ?? "student");
        this.#output = 0;
        this.#selection = firstOf(line.overview);
        this.#draw();
        this.#read();
        return;
      case "samples":
        this.#hasPreviews = true;
        this.#note = line.note;
        this.#drawNote();
        if (line.note === undefined && this.#overview !== undefined) this.#read();
        return;
      case "page":
        if (line.request !== this.#request) return;
        this.#page = line;
        this.#drawSamples();
        return;
      case "error":
        this.#problem = [line.message, line.hint].filter(Boolean).join(" ");
        this.#drawNote();
    }
  }

  #select(change: Partial<Selection>): void {
    const { cell: _, ...rest } = this.#selection;
    const kept = change.show === undefined && change.cell === undefined ? this.#selection : rest;
    this.#selection = { ...kept, from: 0, ...change };
    this.#read();
  }

  #read(): void {
    if (this.#directory === undefined) return;
    this.#request += 1;
    const isOfNumbers = this.#overview?.task === "regression";
    this.#ask(this.#directory, {
      ...{ request: this.#request, count: pageSize, ...this.#selection },
      ...(isOfNumbers ? { output: this.#output } : {}),
    });
  }

  #draw(): void {
    this.#drawNote();
    this.#samples.replaceChildren();
    this.#drawAbove();
  }

  #drawAbove(): void {
    this.#above.replaceChildren(
      ...(this.#overview === undefined
        ? []
        : aboveSamples(this.#overview, {
            ...{ network: this.#network, output: this.#output, theme: this.#theme },
            select: (cell) => {
              this.#select({ cell });
              this.#reveal();
            },
            choose: ({ network = this.#network, output = this.#output }) => {
              const isOther = output !== this.#output;
              [this.#network, this.#output] = [network, output];
              this.#drawAbove();
              if (isOther) this.#select({ show: this.#selection.show }); // A cell is of the other number.
            },
          })),
    );
  }

  /** Where what is above the samples leaves none of them in sight, a cell would seem to do nothing. */
  #reveal(): void {
    const { top } = this.#samples.getBoundingClientRect();
    if (top > 0.8 * window.innerHeight) this.#samples.scrollIntoView({ block: "start" });
  }

  #drawNote(): void {
    const words =
      this.#problem ??
      this.#note ??
      (this.#overview === undefined
        ? "Reading the predictions…"
        : this.#hasPreviews
          ? ""
          : "Reading the samples…");
    this.#status.replaceChildren(
      ...codeSpans(words).map(({ text, isCode }) => (isCode ? element("code", { text }) : text)),
    );
    this.#status.hidden = words === "";
  }

  #drawSamples(): void {
    const [overview, page] = [this.#overview, this.#page];
    if (overview === undefined || page === undefined) return;
    const { cell, show, order, from } = this.#selection;
    const named = sampleSets[overview.task];
    const sizes = overview.task === "regression" ? overview.numbers[this.#output]?.sets : overview.sets;
    const sets = setsOf(overview);
    const shown = chooser(
      "Show",
      [
        ...(cell
          ? [
              [
                "cell",
                `${cellWords(overview, cell, this.#output)} by the ${networkWords(cell.network)}`,
              ] as const,
            ]
          : []),
        ...sets.map((set) => [set, `${named[set]?.words} (${grouped(sizes?.[set] ?? 0)})`] as const),
      ],
      cell ? "cell" : show,
      (set) => {
        if (set === "cell") return;
        // An order that was chosen stays.
        const isUsual = order === named[show]?.order;
        this.#select({ show: set, ...(isUsual ? { order: named[set]?.order ?? order } : {}) });
      },
    );
    const sorted = chooser(
      "Order",
      overview.orders.map((one) => [one, orderWords[one]]),
      order,
      (order) => this.#select({ order }),
    );
    const to = Math.min(page.total, from + page.samples.length);
    const step = (words: string, at: number, isThere: boolean) => {
      const control = button(words, () => this.#select({ from: at }));
      control.disabled = !isThere;
      return control;
    };
    const range =
      page.total === 0 ? "no sample" : `${grouped(from + 1)}–${grouped(to)} of ${grouped(page.total)}`;
    this.#samples.replaceChildren(
      element("div", { class: "controls" }, [
        shown,
        sorted,
        element("span", { class: "group", attributes: { role: "group", "aria-label": "Pages" } }, [
          step("Previous", Math.max(0, from - pageSize), from > 0),
          element("output", { text: range }),
          step("Next", from + pageSize, to < page.total),
        ]),
      ]),
      element("div", { class: "samples" }, page.samples.map(sampleView)),
    );
  }
}

const setsOf = ({ task, sets }: InspectOverview): SampleSet[] =>
  (Object.keys(sampleSets[task]) as SampleSet[]).filter((set) => sets[set] !== undefined);

/** The first set that has samples. */
function firstOf(overview: InspectOverview): Selection {
  const show = setsOf(overview).find((set) => overview.sets[set]) ?? "all";
  const usual = sampleSets[overview.task][show]?.order;
  const order: SampleOrder = overview.orders.find((one) => one === usual) ?? "number";
  return { show, order, from: 0 };
}
