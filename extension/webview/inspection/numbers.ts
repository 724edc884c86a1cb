import { colour } from "../../../server/chart/colours.ts";
import { scatterWords } from "../../../server/inspection/cells.ts";
import { scatterPicture } from "../../../server/inspection/pictures.ts";
import type { InspectOverview, NumberOverview } from "../../../server/protocol.ts";
import { networks } from "../../../server/statistics/networkWords.ts";
import { element } from "../dom.ts";
import type { Above } from "./above.ts";
import { chooser } from "./chooser.ts";
import { scatterView } from "./scatterView.ts";

/** Predictions of each network against the targets of a number, which is chosen where there are several; a cell leads to its samples. */
export function scatters(
  overview: NumberOverview & InspectOverview,
  { output, theme, select, choose }: Above,
): HTMLElement[] {
  const { numbers } = overview;
  const number = numbers[output];
  if (number === undefined) return [];
  const colours = { ink: theme, colourOf: (index: number) => colour(index, theme.kind) };
  const drawn = networks.filter((network) => number.scatter[network] !== undefined);
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
      drawn.map((network) =>
        scatterView({
          picture: (linkOf) => scatterPicture(number, network, { ...colours, linkOf }),
          cells: (number.scatter[network] ?? []).map(([target, prediction, count]) => {
            const cell = { network, target, prediction };
            return { ...cell, words: scatterWords(overview, { cell, output, count }) };
          }),
          select,
        }),
      ),
    ),
  ];
}
