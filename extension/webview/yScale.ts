import { air, type Scale } from "../../server/chart/scale.ts";
import type { Reference } from "../../server/chart/svg.ts";
import type { Trace } from "./trace.ts";

interface Drawn {
  readonly traces: readonly Pick<Trace, "x" | "low" | "high">[];
  readonly references: readonly Reference[];
  readonly x: Scale;
  readonly log: boolean;
  readonly spec: { readonly share: boolean };
}

/** Ends that contain the visible values: raw ones where they are the line, else the smoothed ones and most raw ones. */
export function yScale({ traces, references, x, log, spec }: Drawn): Scale {
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
  for (const { value } of references) see(value);
  const scale = air(min, max, log);
  return spec.share ? { ...scale, max: Math.min(1, scale.max) } : scale;
}
