import { isShare } from "../../server/tasks/metricText.ts";
import { keyMetrics, metricOf } from "../../server/tasks/tasks.ts";

/** The charts for the shown runs' series: one per series, with a line per run. */
export interface ChartSpec {
  readonly series: string;
  readonly title: string;
  readonly hint?: string;
  /** A share: in per cent, never on a log scale. */
  readonly share: boolean;
  /** In bytes. */
  readonly bytes?: true;
}

const fixed: readonly (readonly [series: string, title: string, hint?: string])[] = [
  ["loss", "Loss", "sum of the weighted terms"],
  ["terms", ""],
  ...keyMetrics.map((key) => [`validation.${key}`, `Validation ${metricOf(key)?.words}`] as const),
  ["learningRate", "Learning rate"],
  ["gradNorm", "Gradient norm", "before clipping"],
];

/** Of the machine, so after all others. */
const systemSeries: readonly Omit<ChartSpec, "share">[] = [
  { series: "samplesPerSecond", title: "Samples per second" },
  { series: "memory", title: "Memory", hint: "taken by the trainer", bytes: true },
];

/** Of another network with steps of its own: it shares neither axis nor cursor with the student's charts. */
export const isOthers = ({ series }: Pick<ChartSpec, "series">): boolean => series.startsWith("teacher.");

export function chartsOf(available: ReadonlySet<string>, weighted: boolean): ChartSpec[] {
  const form = weighted ? "weighted" : "raw";
  const charts: ChartSpec[] = [];
  for (const [series, title, hint] of fixed) {
    if (series === "terms") charts.push(...termCharts(available, form));
    else if (available.has(series))
      charts.push({ series, title, share: isShare(series), ...(hint ? { hint } : {}) });
  }
  const known = new Set(charts.map(({ series }) => series));
  for (const series of available) {
    if (!series.startsWith("validation.") || known.has(series)) continue;
    const metric = series.slice("validation.".length);
    charts.push({ series, title: `Validation ${metricOf(metric)?.words ?? metric}`, share: isShare(series) });
  }
  if (available.has("teacher.loss"))
    charts.push({
      series: "teacher.loss",
      title: "Teacher",
      hint: "its own loss, before the student's",
      share: false,
    });
  for (const spec of systemSeries) if (available.has(spec.series)) charts.push({ ...spec, share: false });
  return charts;
}

function termCharts(available: ReadonlySet<string>, form: "raw" | "weighted"): ChartSpec[] {
  return [...available].flatMap((series) => {
    const name = /^terms\.(.+)\.(raw|weighted)$/.exec(series);
    if (name?.[1] === undefined || name[2] !== form) return [];
    return [
      {
        series,
        title: name[1],
        hint: form === "raw" ? "before its weight" : "times its weight",
        share: false,
      },
    ];
  });
}
