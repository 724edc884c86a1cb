import { colour } from "../../../server/chart/colours.ts";
import { grouped } from "../../../server/grouped.ts";
import { reliabilityPicture } from "../../../server/inspection/pictures.ts";
import type { ClassOverview, InspectOverview } from "../../../server/protocol.ts";
import { button, element } from "../dom.ts";
import type { Above } from "./above.ts";
import { pictureView } from "./pictureView.ts";

/** The classes that a network takes samples of each class for; a cell leads to its samples. */
export function confusion(
  { confusion, classes, split, samples }: ClassOverview & InspectOverview,
  above: Above,
): HTMLElement {
  const matrix = confusion[above.network];
  const words = `${grouped(samples)} ${split} samples: rows are labels, columns are predictions.`;
  return matrix === undefined
    ? element("p", { text: `${words} A matrix of ${grouped(classes.length)} classes is not drawn.` })
    : element("div", { class: "scroll" }, [matrixView(matrix, { classes, words, ...above })]);
}

function matrixView(
  matrix: readonly (readonly number[])[],
  {
    classes,
    words,
    network,
    select,
  }: Pick<Above, "network" | "select"> & { readonly classes: readonly string[]; readonly words: string },
): HTMLElement {
  return element("table", { class: "confusion" }, [
    element("caption", {}, [element("span", { text: words })]),
    element("thead", {}, [
      element("tr", {}, [element("td"), ...classes.map((name) => heading(name, "col"))]),
    ]),
    element(
      "tbody",
      {},
      matrix.map((row, label) => {
        const sum = row.reduce((total, times) => total + times, 0);
        return element("tr", {}, [
          heading(classes[label] ?? "", "row"),
          ...row.map((times, predicted) => {
            const cell = element("td", { class: label === predicted ? "right" : "wrong" }, [
              times > 0 &&
                button(grouped(times), () => select({ network, label, predicted }), {
                  class: "cell",
                  title: `${classes[label]}, taken for ${classes[predicted]}: ${grouped(times)} of ${grouped(sum)}`,
                }),
            ]);
            // A deeper colour would leave too little contrast to the number on it.
            cell.style.setProperty("--heat", `${Math.round((sum === 0 ? 0 : times / sum) * 30)}%`);
            return cell;
          }),
        ]);
      }),
    ),
  ]);
}

/** A long name is cut, and whole under the pointer. */
const heading = (name: string, scope: "row" | "col"): HTMLElement =>
  element("th", { text: name, title: name, attributes: { scope } });

export const calibration = ({ reliability }: ClassOverview, { theme }: Above): HTMLElement =>
  Object.keys(reliability).length === 0
    ? element("p", { text: "This run has kept no probabilities." })
    : pictureView(
        reliabilityPicture(reliability, {
          ink: theme,
          colourOf: (index) => colour(index, theme.kind),
        }),
      );
