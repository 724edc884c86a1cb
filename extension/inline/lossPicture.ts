import { colour, type Ground } from "../../server/chart/colours.ts";
import { fit } from "../../server/chart/scale.ts";
import { stageBorders } from "../../server/chart/stageBorders.ts";
import { drawSvg, inks, type Line } from "../../server/chart/svg.ts";
import type { RunSummary, Series } from "../../server/protocol.ts";
import type { RunCurves } from "./curves.ts";

/** `terms.kd.raw` → `kd`; `loss` stays. */
const seriesLabel = (series: string): string => /^terms\.(.+)\.(?:raw|weighted)$/.exec(series)?.[1] ?? series;

export interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly fontSize?: number;
}

/** A run's losses as an SVG document; on a log scale where they differ by more than an order of magnitude. */
export function lossPicture(
  run: Pick<RunSummary, "name" | "stages">,
  curves: RunCurves,
  options: { series: readonly string[]; ground: Ground; size: PictureSize; filled?: boolean },
): string | undefined {
  const { ground, size } = options;
  const drawn = options.series.flatMap((name) => {
    const series = curves[name];
    return series !== undefined && series.step.length > 0 ? [{ name, series }] : [];
  });
  if (drawn.length === 0) return undefined;
  const lines = drawn.map(({ name, series }, index) => toLine(name, series, colour(index, ground)));
  const values = drawn.flatMap(({ series }) => series.last);
  const log = spansDecades(values);
  const firstStep = Math.min(...drawn.map(({ series }) => series.step[0] ?? 0));
  const lastStep = Math.max(...drawn.map(({ series }) => series.step.at(-1) ?? 0));
  return drawSvg({
    ...size,
    title: `${drawn.length === 1 ? seriesLabel(drawn[0]?.name ?? "") : "losses"} \u00b7 ${run.name}`,
    xLabel: "step",
    // Of a later stage only its own steps are drawn.
    x: { min: firstStep > 1 ? firstStep : 0, max: Math.max(lastStep, 1), log: false },
    borders: stageBorders(run.stages),
    y: fit(
      log
        ? drawn.flatMap(({ series }) => series.last)
        : drawn.flatMap(({ series }) => [...series.min, ...series.max]),
      log,
    ),
    lines,
    ink: inks[ground],
    filled: options.filled ?? false,
  });
}

function toLine(name: string, series: Series, stroke: string): Line {
  const banded = series.min.some((low, i) => low !== series.max[i]);
  return {
    label: seriesLabel(name),
    colour: stroke,
    x: series.step,
    y: series.last,
    ...(banded ? { low: series.min, high: series.max } : {}),
  };
}

function spansDecades(values: readonly (number | null)[]): boolean {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (const value of values) {
    if (value === null) continue;
    if (value <= 0) return false;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high > low * 20;
}

export const dataUri = (svg: string): string =>
  `data:image/svg+xml;base64,${Buffer.from(svg, "utf8").toString("base64")}`;
