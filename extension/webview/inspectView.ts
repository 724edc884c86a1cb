import { colour } from "../../server/chart/colours.ts";
import { drawSvg } from "../../server/chart/svg.ts";
import { grouped } from "../../server/grouped.ts";
import type {
  InspectedNetwork,
  InspectedSample,
  InspectLine,
  InspectOverview,
  InspectQuery,
  SampleSet,
} from "../../server/protocol.ts";
import { networkWords, sampleSets } from "../../server/statistics/networkWords.ts";
import { codeSpans } from "../runs/codeSpans.ts";
import { button, element } from "./dom.ts";
import { percent, sampleView } from "./sampleView.ts";
import type { Theme } from "./theme.ts";

const pageSize = 60;

const orderWords: Readonly<Record<InspectQuery["order"], string>> = {
  sure: "most sure first",
  unsure: "least sure first",
  number: "by number",
};

type Selection = Pick<InspectQuery, "show" | "cell" | "order" | "from">;

/** The networks' predictions for a run's samples: confusion, calibration, and the samples themselves, page by page. */
export class InspectView {
  readonly root = element("div", { class: "inspect" });
  readonly #ask: (directory: string, query?: InspectQuery) => void;
  #directory: string | undefined;
  #overview: InspectOverview | undefined;
  #problem: string | undefined;
  #note: string | undefined;
  #hasPreviews = false;
  #network: InspectedNetwork = "student";
  #selection: Selection = { show: "disagreements", order: "sure", from: 0 };
  #page: { readonly total: number; readonly samples: readonly InspectedSample[] } | undefined;
  #request = 0;
  #theme: Theme;
  readonly #status = element("p", { class: "note", attributes: { role: "status" } });
  readonly #confusion = element("section", { attributes: { "aria-label": "Confusion" } });
  readonly #calibration = element("section", { attributes: { "aria-label": "Calibration" } });
  readonly #samples = element("section", { attributes: { "aria-label": "Samples" } });

  constructor(options: {
    readonly ask: (directory: string, query?: InspectQuery) => void;
    readonly theme: Theme;
  }) {
    this.#ask = options.ask;
    this.#theme = options.theme;
    this.root.append(
      this.#status,
      element("div", { class: "inspect-top" }, [this.#confusion, this.#calibration]),
      this.#samples,
    );
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
    if (this.#overview !== undefined) this.#drawCalibration(this.#overview);
  }

  take(directory: string, line: InspectLine): void {
    if (directory !== this.#directory) return;
    switch (line.event) {
      case "opened":
        this.#overview = line.overview;
        this.#network = line.overview.networks.includes("student")
          ? "student"
          : (line.overview.networks[0] ?? "student");
        this.#selection = {
          show: (Object.keys(sampleSets) as SampleSet[]).find((set) => line.overview.sets[set]) ?? "all",
          order: "sure",
          from: 0,
        };
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
    this.#ask(this.#directory, { request: this.#request, count: pageSize, ...this.#selection });
  }

  #draw(): void {
    this.#drawNote();
    this.#samples.replaceChildren();
    this.#confusion.replaceChildren();
    this.#calibration.replaceChildren();
    if (this.#overview === undefined) return;
    this.#drawConfusion(this.#overview);
    this.#drawCalibration(this.#overview);
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

  #drawConfusion({ confusion, classes, networks, split, samples }: InspectOverview): void {
    const matrix = confusion[this.#network];
    const select = chooser(
      "Network",
      networks.map((network) => [network, networkWords(network)]),
      this.#network,
      (network) => {
        this.#network = network;
        if (this.#overview !== undefined) this.#drawConfusion(this.#overview);
      },
    );
    const words = `${grouped(samples)} ${split} samples: rows are labels, columns are predictions.`;
    this.#confusion.replaceChildren(
      element("h2", { text: "Confusion" }),
      select,
      matrix === undefined
        ? element("p", { text: `${words} A matrix of ${grouped(classes.length)} classes is not drawn.` })
        : element("div", { class: "scroll" }, [this.#matrix(matrix, classes, words)]),
    );
  }

  #matrix(matrix: readonly (readonly number[])[], classes: readonly string[], words: string): HTMLElement {
    const network = this.#network;
    return element("table", { class: "confusion" }, [
      element("caption", {}, [element("span", { text: words })]),
      element("thead", {}, [
        element("tr", {}, [
          element("td"),
          ...classes.map((text) => element("th", { text, attributes: { scope: "col" } })),
        ]),
      ]),
      element(
        "tbody",
        {},
        matrix.map((row, label) => {
          const sum = row.reduce((total, times) => total + times, 0);
          return element("tr", {}, [
            element("th", { text: classes[label] ?? "", attributes: { scope: "row" } }),
            ...row.map((times, predicted) => {
              const cell = element("td", { class: label === predicted ? "right" : "wrong" }, [
                times > 0 &&
                  button(grouped(times), () => this.#select({ cell: { network, label, predicted } }), {
                    class: "cell",
                    title: `${classes[label]}, taken for ${classes[predicted]}: ${grouped(times)} of ${grouped(sum)}`,
                  }),
              ]);
              cell.style.setProperty("--heat", `${Math.round((sum === 0 ? 0 : times / sum) * 60)}%`);
              return cell;
            }),
          ]);
        }),
      ),
    ]);
  }

  #drawCalibration({ reliability }: InspectOverview): void {
    const networks = Object.entries(reliability);
    const unit = { min: 0, max: 1, log: false };
    const ink = this.#theme;
    const svg = drawSvg({
      ...{ width: 420, height: 320, xLabel: "probability", x: unit, y: unit, percent: true, ink },
      lines: [
        { label: "as sure as right", colour: ink.muted, dash: [2, 3], x: [0, 1], y: [0, 1] },
        ...networks.map(([network, bins], index) => ({
          label: networkWords(network),
          colour: colour(index, ink.kind),
          x: bins.map(({ confidence }) => confidence),
          y: bins.map(({ accuracy }) => accuracy),
        })),
      ],
    });
    this.#calibration.replaceChildren(
      element("h2", { text: "Calibration" }),
      networks.length === 0
        ? element("p", { text: "This run has kept no probabilities." })
        : element("img", {
            attributes: {
              src: `data:image/svg+xml,${encodeURIComponent(svg)}`,
              alt: `Share that is right, by how sure the network is. ${networks.map(([network, bins]) => `${networkWords(network)}: ${bins.map(({ confidence, accuracy }) => `${percent(accuracy)} right at ${percent(confidence)}`).join(", ")}`).join(". ")}`,
            },
          }),
    );
  }

  #drawSamples(): void {
    const [overview, page] = [this.#overview, this.#page];
    if (overview === undefined || page === undefined) return;
    const { cell, show, order, from } = this.#selection;
    const named = (index: number) => overview.classes[index] ?? "–";
    const sets = (Object.keys(sampleSets) as SampleSet[]).filter((set) => overview.sets[set] !== undefined);
    const shown = chooser(
      "Show",
      [
        ...(cell
          ? [
              [
                "cell",
                `${named(cell.label)}, taken for ${named(cell.predicted)} by the ${networkWords(cell.network)}`,
              ] as const,
            ]
          : []),
        ...sets.map((set) => [set, `${sampleSets[set]} (${grouped(overview.sets[set] ?? 0)})`] as const),
      ],
      cell ? "cell" : show,
      (set) => {
        if (set !== "cell") this.#select({ show: set });
      },
    );
    const sorted = chooser("Order", Object.entries(orderWords) as [typeof order, string][], order, (order) =>
      this.#select({ order }),
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
      element(
        "div",
        { class: "samples" },
        page.samples.map((sample) => sampleView(sample, named)),
      ),
    );
  }
}

function chooser<T extends string>(
  label: string,
  options: readonly (readonly [T, string])[],
  chosen: T,
  choose: (value: T) => void,
): HTMLElement {
  const select = element(
    "select",
    { on: { change: () => choose(select.value as T) } },
    options.map(([value, text]) => element("option", { text, attributes: { value } })),
  );
  select.value = chosen;
  return element("label", {}, [label, select]);
}
