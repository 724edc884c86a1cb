import { grouped } from "../../../server/grouped.ts";
import { labelRows, mostLabels, outcomes, outcomeWords } from "../../../server/inspection/labelRows.ts";
import type { InspectOverview, LabelOverview } from "../../../server/protocol.ts";
import { button, element } from "../dom.ts";
import type { Above } from "./above.ts";

/** How often a network gives each label, rightly and wrongly; a count leads to its samples. */
export function labelCounts(
  overview: LabelOverview & InspectOverview,
  { network, select }: Above,
): HTMLElement {
  const { samples, split, labels } = overview;
  const shown = labels.length > mostLabels ? `, the first ${grouped(mostLabels)} labels` : "";
  const head = ["label", "from", ...outcomes.map((one) => outcomeWords[one]), "precision", "recall"];
  const rows = labelRows(overview, network).map(({ name, threshold, counts, precision, recall }, label) =>
    element("tr", {}, [
      element("th", { text: name, attributes: { scope: "row" } }),
      element("td", { text: threshold }),
      ...outcomes.map((outcome) =>
        element("td", {}, [
          counts[outcome] > 0 &&
            button(grouped(counts[outcome]), () => select({ network, label, outcome }), {
              class: "cell",
              title: `${name}, ${outcomeWords[outcome]}: ${grouped(counts[outcome])} of ${grouped(samples)}`,
            }),
        ]),
      ),
      element("td", { text: precision }),
      element("td", { text: recall }),
    ]),
  );
  return element("div", { class: "scroll" }, [
    element("table", { class: "labels" }, [
      element("caption", {}, [
        element("span", {
          text: `${grouped(samples)} ${split} samples${shown}; a label counts as given from the probability beside it on.`,
        }),
      ]),
      element("thead", {}, [
        element(
          "tr",
          {},
          head.map((text) => element("th", { text, attributes: { scope: "col" } })),
        ),
      ]),
      element("tbody", {}, rows),
    ]),
  ]);
}
