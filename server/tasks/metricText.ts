import { percent, significant } from "../grouped.ts";
import { changeText } from "../statistics/differenceText.ts";
import { metricOf } from "./tasks.ts";

/** Shown as percentages. */
export const isShare = (name: string): boolean =>
  name.endsWith("gapRecovered") || metricOf(name)?.format === "percent";

/**
 * A metric by its name, which may have network and split before it, as terminal, panel, pages and reports show it: `95.62 %`, `0.3127`,
 * and of a gain `+1.20 points`.
 */
export function metricText(name: string, measured: number | null | undefined): string {
  const gained = /(?:^|\.)gain(?:\.(?<metric>.*))?$/.exec(name);
  if (gained && typeof measured === "number") return changeText(measured, gained.groups?.["metric"]);
  return isShare(name) ? percent(measured) : significant(measured);
}
