import { drawSvg, type Ink } from "../chart/svg.ts";
import { grouped } from "../grouped.ts";
import type { InspectedNetwork, InspectedSample, InspectOverview, SamplePreview } from "../protocol.ts";
import { networkWords } from "../statistics/networkWords.ts";
import { percent } from "../terminal/wording.ts";
import type { InspectedReport, SampleList } from "./inspected.ts";
import { escaped } from "./markup.ts";

/** How often each network is right that is so sure: on the diagonal it is as sure as it should be. */
export function reliabilityFigure({ reliability }: InspectOverview, ink: Ink): string {
  const networks = Object.entries(reliability);
  if (networks.length === 0) return "";
  const title = "Share that is right, by how sure the network is";
  const unit = { min: 0, max: 1, log: false };
  const svg = drawSvg({
    ...{ width: 420, height: 320, title, xLabel: "probability", x: unit, y: unit, percent: true, ink },
    lines: [
      { label: "as sure as right", colour: "var(--muted)", dash: [2, 3], x: [0, 1], y: [0, 1] },
      ...networks.map(([network, bins], index) => ({
        label: networkWords(network),
        colour: `var(--line-${index})`,
        x: bins.map(({ confidence }) => confidence),
        y: bins.map(({ accuracy }) => accuracy),
      })),
    ],
  });
  return `<figure role="img" aria-label="${title}">${svg}</figure>`;
}

/** Anchor of a cell of the student's matrix. */
export const cellAnchor = (label: number, predicted: number): string => `cell-${label}-${predicted}`;

export function sampleSections({ overview, lists, cells, note }: InspectedReport): string[] {
  const section = (list: SampleList, heading: string, id = "") =>
    `<h3${id}>${escaped(heading)}</h3><div class="samples">${list.samples.map((sample) => sampleHtml(sample, overview)).join("")}</div>`;
  const shown = ({ title, total, samples }: SampleList) =>
    `${title}: ${samples.length < total ? `${grouped(samples.length)} of ` : ""}${grouped(total)}`;
  return [
    ...(note === undefined ? [] : [`<p>${escaped(note)}</p>`]),
    ...lists.map((list) => section(list, shown(list))),
    ...cells.map((list) => section(list, shown(list), ` id="${cellAnchor(list.label, list.predicted)}"`)),
  ];
}

function sampleHtml(
  { number, label, predicted, preview }: InspectedSample,
  { classes }: Pick<InspectOverview, "classes">,
): string {
  const named = (index: number) => (index < 0 ? "–" : (classes[index] ?? String(index)));
  const networks = (Object.keys(predicted) as InspectedNetwork[]).map((network) => {
    const { class: given = -1, confidence } = predicted[network] ?? {};
    const isRight = given === label;
    const sure = confidence === undefined ? "" : ` ${percent(confidence, 1)}`;
    return `<li class="${isRight ? "right" : "wrong"}">${escaped(`${isRight ? "✓" : "✗"} ${networkWords(network)}: ${named(given)}${sure}`)}</li>`;
  });
  return `<figure>${preview ? previewHtml(preview) : ""}<figcaption>#${number} · ${escaped(named(label))}<ul>${networks.join("")}</ul></figcaption></figure>`;
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
