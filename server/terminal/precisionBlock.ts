import type { PrecisionReport } from "../engine/train/lowPrecision.ts";
import { brief, grouped, percent } from "../grouped.ts";
import { metricText } from "../tasks/metricText.ts";
import { metricOf } from "../tasks/tasks.ts";
import { table } from "./wording.ts";

/** What fewer bits cost and save, as a table. */
export function precisionBlock(report: PrecisionReport): string[] {
  const { precision, calibratedOn, split, samples, metric, before, after, agreement } = report;
  const how =
    precision === "fp16"
      ? "weights in 16 bits"
      : calibratedOn === undefined
        ? "weights in 8 bits"
        : `weights and activations in 8 bits, by ${grouped(calibratedOn)} training samples`;
  const rows = [
    ["", "fp32", precision, ""],
    [metric, metricText(metric, before.value), metricText(metric, after.value), lossOf(report)],
    ...(agreement === undefined ? [] : [["same class", "", percent(agreement), ""]]),
    ["latency p50", ms(before.p50Ms), ms(after.p50Ms), share(after.p50Ms, before.p50Ms)],
    ["latency p95", ms(before.p95Ms), ms(after.p95Ms), share(after.p95Ms, before.p95Ms)],
    ["bytes", grouped(before.bytes), grouped(after.bytes), share(after.bytes, before.bytes)],
  ];
  return [
    `  ${precision}: ${how}; on ${grouped(samples)} ${split} samples`,
    ...table(
      rows.map(([name, ...cells]) => [`    ${name}`, ...cells]),
      { alignRight: [1, 2, 3] },
    ),
  ];
}

/** As in `0.40 points worse`; of a metric that is no share in percent of its value. */
export function lossOf({ metric, drop }: PrecisionReport): string {
  if (drop === 0) return "the same";
  const unit = metricOf(metric)?.format === "number" ? "%" : "points";
  const size = Math.abs(drop).toFixed(2);
  return `${Number(size) === 0 ? "less than 0.01" : size} ${unit} ${drop > 0 ? "worse" : "better"}`;
}

const ms = (time: number): string => `${brief(time)} ms`;
const share = (part: number, whole: number): string => percent(part / whole, 0);
