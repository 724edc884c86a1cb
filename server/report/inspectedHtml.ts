import type { Ink } from "../chart/svg.ts";
import { grouped } from "../grouped.ts";
import { answerLines } from "../inspection/answerLines.ts";
import { scatterWords } from "../inspection/cells.ts";
import { labelRows, mostLabels, outcomes, outcomeWords } from "../inspection/labelRows.ts";
import { type Drawn, reliabilityPicture, scatterPicture } from "../inspection/pictures.ts";
import type {
  ClassOverview,
  InspectedCell,
  InspectedSample,
  InspectOverview,
  LabelOverview,
  NumberOverview,
  SamplePreview,
} from "../protocol.ts";
import { networkWords } from "../statistics/networkWords.ts";
import type { InspectedReport, SampleList } from "./inspected.ts";
import { escaped } from "./markup.ts";

/** What stands above the samples: titles, each with parts in HTML, whose cells lead to their samples where these are shown. */
export function aboveSamples(
  { overview, cells }: InspectedReport,
  ink: Ink,
): (readonly [string, readonly string[]])[] {
  const colours = { ink, colourOf: (index: number) => `var(--line-${index})` };
  switch (overview.task) {
    case "classification":
      return [["Calibration", calibration(overview, colours)]];
    case "multiLabel":
      return [["Labels", labelTables(overview, anchorsOf(cells))]];
    case "regression":
      return [["Predictions against targets", scatters(overview, cells, colours)]];
  }
}

type Colours = Parameters<typeof reliabilityPicture>[1];

/** What is in a picture is not told of, so one with links is a group. */
const figure = ({ svg, words }: Drawn): string =>
  `<figure role="${svg.includes("<a ") ? "group" : "img"}" aria-label="${escaped(words)}">${svg}</figure>`;

const calibration = ({ reliability }: ClassOverview, colours: Colours): string[] =>
  Object.keys(reliability).length === 0 ? [] : [figure(reliabilityPicture(reliability, colours))];

function scatters(
  overview: NumberOverview & InspectOverview,
  cells: InspectedReport["cells"],
  colours: Colours,
): string[] {
  const listed = new Map(cells.map((one) => [cellAnchor(one.cell, one.output), one]));
  return overview.numbers.flatMap((number, output) => [
    ...(overview.numbers.length > 1 ? [`<h3>${escaped(number.name)}</h3>`] : []),
    ...Object.keys(number.scatter).map((network) => {
      const linkOf = (target: number, prediction: number) => {
        const anchor = cellAnchor({ network: "student", target, prediction }, output);
        const one = network === "student" ? listed.get(anchor) : undefined;
        return one && { href: `#${anchor}`, words: scatterWords(overview, one) };
      };
      return figure(scatterPicture(number, network, { ...colours, linkOf }));
    }),
  ]);
}

function labelTables(overview: LabelOverview & InspectOverview, anchors: ReadonlySet<string>): string[] {
  const { labels, networks, split } = overview;
  const head = ["label", "from", ...outcomes.map((outcome) => outcomeWords[outcome]), "precision", "recall"];
  const tables = networks.map((network) => {
    const rows = labelRows(overview, network).map(({ name, threshold, counts, precision, recall }, label) => {
      const counted = outcomes.map((outcome) => {
        const anchor = cellAnchor({ network, label, outcome });
        const count = grouped(counts[outcome]);
        return network === "student" && anchors.has(anchor) ? `<a href="#${anchor}">${count}</a>` : count;
      });
      const cells = [threshold, ...counted, precision, recall];
      return `<tr><th scope="row">${escaped(name)}</th>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
    });
    return `<details${network === "student" ? " open" : ""}><summary>${escaped(networkWords(network))}, ${split}</summary><div class="wide"><table class="counts"><thead><tr>${head.map((name) => `<th scope="col">${name}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table></div></details>`;
  });
  const isCut = labels.length > mostLabels;
  return [
    ...(isCut ? [`<p>The first ${grouped(mostLabels)} of ${grouped(labels.length)} labels.</p>`] : []),
    ...tables,
  ];
}

/** Of a cell of the student. @param output of several numbers */
export function cellAnchor(cell: InspectedCell, output = 0): string {
  if ("target" in cell) return `cell-${output}-${cell.target}-${cell.prediction}`;
  return `cell-${cell.label}-${"outcome" in cell ? cell.outcome : cell.predicted}`;
}

export const anchorsOf = (cells: InspectedReport["cells"]): ReadonlySet<string> =>
  new Set(cells.map(({ cell, output }) => cellAnchor(cell, output)));

export function sampleSections({ lists, cells, note }: InspectedReport): string[] {
  const section = (list: SampleList, heading: string, id = "") =>
    `<h3${id}>${escaped(heading)}</h3><div class="samples">${list.samples.map(sampleHtml).join("")}</div>`;
  const shown = ({ title, total, samples }: SampleList) =>
    `${title}: ${samples.length < total ? `${grouped(samples.length)} of ` : ""}${grouped(total)}`;
  return [
    ...(note === undefined ? [] : [`<p>${escaped(note)}</p>`]),
    ...lists.map((list) => section(list, shown(list))),
    ...cells.map((list) => section(list, shown(list), ` id="${cellAnchor(list.cell, list.output)}"`)),
  ];
}

function sampleHtml({ number, truth, predicted, preview }: InspectedSample): string {
  const lines = answerLines({ predicted }).map(
    ({ text, kind }) => `<li class="${kind}">${escaped(text)}</li>`,
  );
  return `<figure>${preview ? previewHtml(preview) : ""}<figcaption>#${grouped(number)} · ${escaped(truth)}<ul>${lines.join("")}</ul></figcaption></figure>`;
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
.samples blockquote{margin:0 0 .3rem;white-space:pre-wrap;overflow-wrap:anywhere}.samples li{padding:0 .2rem}.samples .right{--share:.5}.samples .wrong{--share:.15}.confusion a,.counts a{color:inherit}figure a:focus-visible path,figure a:hover path{stroke:var(--text);stroke-width:2}
`;
