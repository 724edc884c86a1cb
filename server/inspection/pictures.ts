import { drawSvg, type Ink, type Link } from "../chart/svg.ts";
import { brief, percent } from "../grouped.ts";
import type { InspectedNumber, ReliabilityBin } from "../protocol.ts";
import { networkWords } from "../statistics/networkWords.ts";
import { valueAt } from "./cells.ts";

/** A picture, and what it shows in words. */
export interface Drawn {
  readonly svg: string;
  readonly words: string;
}

interface Colours {
  readonly ink: Ink;
  readonly colourOf: (index: number) => string;
}

/** How often each network is right that is so sure: on the diagonal it is as sure as it should be. */
export function reliabilityPicture(
  reliability: Readonly<Record<string, readonly ReliabilityBin[]>>,
  { ink, colourOf }: Colours,
): Drawn {
  const networks = Object.entries(reliability);
  const unit = { min: 0, max: 1, log: false };
  const svg = drawSvg({
    ...{ width: 420, height: 320, xLabel: "probability", x: unit, y: unit, percent: true, ink },
    lines: [
      { label: "as sure as right", colour: ink.muted, dash: [2, 3], x: [0, 1], y: [0, 1] },
      ...networks.map(([network, bins], index) => ({
        label: networkWords(network),
        colour: colourOf(index),
        x: bins.map(({ confidence }) => confidence),
        y: bins.map(({ accuracy }) => accuracy),
      })),
    ],
  });
  const each = networks.map(
    ([network, bins]) =>
      `${networkWords(network)}: ${bins.map(({ confidence, accuracy }) => `${percent(accuracy, 1)} right at ${percent(confidence, 1)}`).join(", ")}`,
  );
  return { svg, words: `Share that is right, by how sure the network is. ${each.join(". ")}` };
}

/** Predictions of a network against targets, the darker the more: on the diagonal a prediction is right. */
export function scatterPicture(
  { name, from, to, steps, scatter, error }: InspectedNumber,
  network: string,
  {
    ink,
    colourOf,
    linkOf,
  }: Colours & { readonly linkOf?: (target: number, prediction: number) => Link | undefined },
): Drawn {
  const cells = scatter[network] ?? [];
  const most = Math.max(1, ...cells.map(([, , samples]) => samples));
  const at = (step: number) => valueAt({ from, to, steps }, step);
  const range = { min: from, max: to, log: false };
  const words = `${networkWords(network)}, off by ${brief(error[network] ?? Number.NaN)} on average`;
  const svg = drawSvg({
    ...{ width: 320, height: 300, title: words, xLabel: name, x: range, y: range, ink },
    lines: [{ label: name, colour: ink.muted, dash: [2, 3], x: [from, to], y: [from, to] }],
    tiles: cells.map(([target, prediction, samples]) => ({
      ...{ x: [at(target), at(target + 1)], y: [at(prediction), at(prediction + 1)] },
      colour: colourOf(0),
      // A single sample is seen beside thousands.
      opacity: 0.4 + (0.6 * Math.log(samples)) / Math.max(1, Math.log(most)),
      link: linkOf?.(target, prediction),
    })),
  });
  return { svg, words: `Predictions of ${name} against targets: ${words}` };
}
