import { grouped, percent, significant } from "../grouped.ts";
import { doingWords, secondsLeft } from "../runs/runProgress.ts";
import { metricText } from "../tasks/metricText.ts";
import type { RunView } from "./runView.ts";
import { sparkline } from "./sparkline.ts";
import { compact, duration } from "./wording.ts";

/** One line on a running run, no wider than `width`: the least important parts are dropped first. */
export function progressLine(name: string, view: RunView, width: number): string {
  const parts = partsOf(name, view, width < 110 ? 8 : 16);
  const line = () => parts.map(({ text }) => text).join("  ");
  while (line().length > width && parts.length > 1) {
    const least = parts.reduce((a, b) => (b.rank > a.rank ? b : a));
    parts.splice(parts.indexOf(least), 1);
  }
  return line().slice(0, Math.max(0, width));
}

interface Part {
  readonly text: string;
  /** The higher, the earlier it is dropped. */
  readonly rank: number;
}

function partsOf(name: string, view: RunView, drawn: number): Part[] {
  const { counts, loss, losses, key, best, samplesPerSecond, facts } = view;
  const parts: Part[] = [{ text: name, rank: 3 }];
  if (facts.phase !== "train" || view.subject !== "student") parts.push({ text: phaseText(view), rank: 1 });
  if (view.stage !== undefined) parts.push({ text: view.stage, rank: 2 });
  if (facts.work.parts.length > 0) {
    const { fraction } = facts.work;
    parts.push({ text: bar(fraction, drawn), rank: 6 }, { text: share(fraction), rank: 0 });
  }
  if (counts !== undefined && facts.phase !== "preflight")
    parts.push({ text: `${grouped(counts[0])}/${grouped(counts[1])}`, rank: 7 });
  if (loss !== undefined) parts.push({ text: `loss ${significant(loss)}`, rank: 1 });
  if (losses.length > 1) parts.push({ text: sparkline(losses, drawn), rank: 4 });
  if (key !== undefined && key !== best) parts.push({ text: keyText(...key), rank: 5 });
  if (best !== undefined) parts.push({ text: `best ${keyText(...best)}`, rank: 2 });
  if (samplesPerSecond !== undefined) parts.push({ text: `${compact(samplesPerSecond)} samples/s`, rank: 5 });
  const left = secondsLeft(facts.work);
  if (left !== undefined) parts.push({ text: `${duration(left)} left`, rank: 1 });
  return parts;
}

const keyText = (metric: string, measured: number): string =>
  metric === "accuracy" ? `acc ${percent(measured, 1)}` : `${metric} ${metricText(metric, measured)}`;

export const phaseText = ({ facts: { phase, work }, subject }: RunView): string =>
  phase === undefined ? "starting" : doingWords({ phase, work, subject });

/** Rounded down, so that only a completed part shows 100 %. */
export const share = (done: number): string =>
  `${Math.floor(100 * done)
    .toString()
    .padStart(3)} %`;

function bar(done: number, width: number): string {
  const filled = Math.round(done * width);
  return "━".repeat(filled) + "─".repeat(width - filled);
}
