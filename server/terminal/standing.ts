import { grouped } from "../grouped.ts";
import type { RunSummary } from "../protocol.ts";
import { rungWords } from "../rungWords.ts";

/** `running on n1, waits for run 1, which trains the same teacher`, `pending: Resources`, `halved at epoch 3`. */
export function standing(run: RunSummary): string {
  const { state, place, queued, phase, doing, sweep } = run;
  if (queued && place !== undefined) return place;
  const waiting = sweep?.queued === undefined ? [] : [`${grouped(sweep.queued)} pending`];
  const work = state === "running" && phase !== "train" && doing !== undefined ? [doing] : [];
  const own = rungWords(run) ?? `${state}${place === undefined ? "" : ` ${place}`}`;
  return [own, ...waiting, ...work].join(", ");
}
