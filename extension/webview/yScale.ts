import { air, type Scale } from "../../server/chart/scale.ts";
import type { Reference } from "../../server/chart/svg.ts";
import type { Trace } from "./trace.ts";

interface Drawn {
  readonly traces: readonly Pick<Trace, "x" | "low" | "high">[];
  readonly references: readonly Reference[];
  readonly x: Scale;
  readonly log: boolean;
  /** Leave out the greatest and the least hundredth of the values. */
  readonly clip?: boolean;
  readonly spec: { readonly share: boolean };
}

/** Ends that contain the visible values: raw ones where they are the line, else the smoothed ones and most raw ones. */
export function yScale({ traces, references, x, log, clip = false, spec }: Drawn): Scale {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  const see = (value: number | null | undefined) => {
    if (value === null || value === undefined || (log && value <= 0)) return;
    if (value < min) min = value;
    if (value > max) max = value;
  };
  for (const trace of traces) {
    for (let i = 0; i < trace.x.length; i++) {
      const at = trace.x[i] ?? 0;
      if (at < x.min || at > x.max) continue;
      see(trace.low[i]);
      see(trace.high[i]);
    }
  }
  if (clip) [min, max] = middleOf(traces, { x, log }) ?? [min, max];
  for (const { value } of references) see(value);
  const scale = air(min, max, log);
  return spec.share ? { ...scale, max: Math.min(1, scale.max) } : scale;
}

/** Ends of what is left between the first and the last hundredth; undefined where values are too few to have outliers. */
function middleOf(
  traces: Drawn["traces"],
  { x, log }: Pick<Drawn, "x" | "log">,
): [min: number, max: number] | undefined {
  const values = traces.flatMap(({ x: xs, low, high }) =>
    xs.flatMap((at, index) =>
      at < x.min || at > x.max
        ? []
        : [low[index], high[index]].filter((value) => typeof value === "number" && (!log || value > 0)),
    ),
  ) as number[];
  if (values.length < 100) return undefined;
  values.sort((a, b) => a - b);
  const at = (share: number) => values[Math.round(share * (values.length - 1))] as number;
  return [at(0.01), at(0.99)];
}
