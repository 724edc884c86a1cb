import { colour } from "../../../server/chart/colours.ts";
import { scatterPicture } from "../../../server/inspection/pictures.ts";
import type { InspectedNetwork, NumberOverview } from "../../../server/protocol.ts";
import { networkNames } from "../../../server/statistics/networkWords.ts";
import { element } from "../dom.ts";
import type { Above } from "./above.ts";
import { chooser } from "./chooser.ts";
import { pictureView } from "./pictureView.ts";

/** Predictions of each network against the targets of a number, which is chosen where there are several. */
export function scatters({ numbers }: NumberOverview, { output, theme, choose }: Above): HTMLElement[] {
  const number = numbers[output];
  if (number === undefined) return [];
  const colours = { ink: theme, colourOf: (index: number) => colour(index, theme.kind) };
  const networks = (Object.keys(networkNames) as InspectedNetwork[]).filter(
    (network) => number.scatter[network] !== undefined,
  );
  return [
    ...(numbers.length > 1
      ? [
          chooser(
            "Number",
            numbers.map(({ name }, index) => [String(index), name]),
            String(output),
            (index) => choose({ output: Number(index) }),
          ),
        ]
      : []),
    element(
      "div",
      { class: "scatters" },
      networks.map((network) => pictureView(scatterPicture(number, network, colours))),
    ),
  ];
}
