import type { InspectOverview } from "../../../server/protocol.ts";
import { networkWords } from "../../../server/statistics/networkWords.ts";
import { element } from "../dom.ts";
import type { Above } from "./above.ts";
import { chooser } from "./chooser.ts";
import { calibration, confusion } from "./classes.ts";
import { labelCounts } from "./labels.ts";
import { scatters } from "./numbers.ts";

/** What stands above the samples, by task. */
export function aboveSamples(overview: InspectOverview, above: Above): readonly HTMLElement[] {
  switch (overview.task) {
    case "classification":
      return [
        section("Confusion", [networkChooser(overview, above), confusion(overview, above)]),
        section("Calibration", [calibration(overview, above)]),
      ];
    case "multiLabel":
      return [section("Labels", [networkChooser(overview, above), labelCounts(overview, above)])];
    case "regression":
      return [section("Predictions against targets", scatters(overview, above))];
  }
}

const section = (title: string, content: readonly HTMLElement[]): HTMLElement =>
  element("section", { attributes: { "aria-label": title } }, [element("h2", { text: title }), ...content]);

const networkChooser = ({ networks }: InspectOverview, { network, choose }: Above): HTMLElement =>
  chooser(
    "Network",
    networks.map((one) => [one, networkWords(one)]),
    network,
    (network) => choose({ network }),
  );
