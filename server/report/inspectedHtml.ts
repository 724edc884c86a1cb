import type { Ink } from "../chart/svg.ts";
import { grouped } from "../grouped.ts";
import { labelRows, mostLabels, outcomes, outcomeWords } from "../inspection/labelRows.ts";
import { type Drawn, reliabilityPicture, scatterPicture } from "../inspection/pictures.ts";
import type {
  ClassOverview,
  InspectedNetwork,
  InspectedSample,
  InspectOverview,
  LabelOverview,
  NumberOverview,
  SamplePreview,
} from "../protocol.ts";
import { networkWords } from "../statistics/networkWords.ts";
import type { InspectedReport, SampleList } from "./inspected.ts";
import { escaped } from "./markup.ts";

/** What stands above the samples: titles, each with parts in HTML. */
export function aboveSamples(overview: InspectOverview, ink: Ink): (readonly [string, readonly string[]])[] {
  const colours = { ink, colourOf: (index: number) => `var(--line-${index})` };
  switch (overview.task) {
    case "classification":
      return [["Calibration", calibration(overview, colours)]];
    case "multiLabel":
      return [["Labels", labelTables(overview, overview)]];
    case "regression":
      return [["Predictions against targets", scatters(overview, colours)]];
  }
}

type Colours = Parameters<typeof reliabilityPicture>[1];

const figure = ({ svg, words }: Drawn): string =>
  `<figure role="img" aria-label="${escaped(words)}">${svg}</figure>`;

const calibration = ({ reliability }: ClassOverview, colours: Colours): string[] =>
  Object.keys(reliability).length === 0 ? [] : [figure(reliabilityPicture(reliability, colours))];

const scatters = ({ numbers }: NumberOverview, colours: Colours): string[] =>
  numbers.flatMap((number) => [
    ...(numbers.length > 1 ? [`<h3>${escaped(number.name)}</h3>`] : []),
    ...Object.keys(number.scatter).map((network) => figure(scatterPicture(number, network, colours))),
  ]);

const labelTables = (
  overview: LabelOverview,
  { networks, split }: Pick<InspectOverview, "networks" | "split">,
): string[] => [
  ...(overview.labels.length > mostLabels
    ? [`<p>The first ${grouped(mostLabels)} of ${grouped(overview.labels.length)} labels.</p>`]
    : []),
  ...networks.map((network) => {
    const head = [
      "label",
      "from",
      ...outcomes.map((outcome) => outcomeWords[outcome]),
      "precision",
      "recall",
    ];
    const rows = labelRows(overview, network).map(({ name, threshold, counts, precision, recall }) => {
      const cells = [threshold, ...outcomes.map((outcome) => grouped(counts[outcome])), precision, recall];
      return `<tr><th scope="row">${escaped(name)}</th>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
    });
    return `<details${network === "student" ? " open" : ""}><summary>${escaped(networkWords(network))}, ${split}</summary><div class="wide"><table><thead><tr>${head.map((name) => `<th scope="col">${name}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div></details>`;
  }),
];

/** Anchor of a cell of the student's matrix. */
export const cellAnchor = (label: number, predicted: number): string => `cell-${label}-${predicted}`;

export function sampleSections({ lists, cells, note }: InspectedReport): string[] {
  const section = (list: SampleList, heading: string, id = "") =>
    `<h3${id}>${escaped(heading)}</h3><div class="samples">${list.samples.map(sampleHtml).join("")}</div>`;
  const shown = ({ title, total, samples }: SampleList) =>
    `${title}: ${samples.length < total ? `${grouped(samples.length)} of ` : ""}${grouped(total)}`;
  return [
    ...(note === undefined ? [] : [`<p>${escaped(note)}</p>`]),
    ...lists.map((list) => section(list, shown(list))),
    ...cells.map((list) => section(list, shown(list), ` id="${cellAnchor(list.label, list.predicted)}"`)),
  ];
}

function sampleHtml({ number, truth, predicted, preview }: InspectedSample): string {
  const networks = (Object.keys(predicted) as InspectedNetwork[]).map((network) => {
    const { words = "", note = "", isRight } = predicted[network] ?? {};
    const [sign, kind] = isRight === undefined ? ["", ""] : isRight ? ["✓ ", "right"] : ["✗ ", "wrong"];
    return `<li class="${kind}">${escaped(`${sign}${networkWords(network)}: ${words} ${note}`.trim())}</li>`;
  });
  return `<figure>${preview ? previewHtml(preview) : ""}<figcaption>#${number} · ${escaped(truth)}<ul>${networks.join("")}</ul></figcaption></figure>`;
}

function previewHtml(preview: SamplePreview): string {
  switch (preview.kind) {
    case "image": {
      const scale = Math.max(1, Math.floor(64 / Math.max(preview.width, preview.height)));
      const size = `width="${preview.width * scale}" height="${preview.height * scale}"`;
      return `<img alt="" ${size} src="${escaped(preview.uri)}">`;
    }
    case "text":
      return `<blockquote>${escaped(preview.text)}</blockquote>`;
    case "row":
      return `<dl>${preview.cells.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join("")}</dl>${preview.more === undefined ? "" : escaped(preview.more)}`;
  }
}

export const sampleStyle = `
.samples{display:flex;flex-wrap:wrap;gap:.6rem}.samples figure{margin:0;padding:.4rem;border:1px solid var(--edge);font-size:.8rem;max-width:16rem}
.samples img{image-rendering:pixelated;display:block;background:#888}.samples ul{list-style:none;margin:0;padding:0}.samples dl{gap:0 .5rem;margin:0 0 .3rem}
.samples blockquote{margin:0 0 .3rem;white-space:pre-wrap;overflow-wrap:anywhere}.samples li{padding:0 .2rem}.samples .right{--share:.5}.samples .wrong{--share:.15}.confusion a{color:inherit}
`;
