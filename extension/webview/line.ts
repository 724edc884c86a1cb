import { bandPath, linePath, type Places, rawPath } from "./paint.ts";
import { smooth } from "./smoothing.ts";
import type { Trace } from "./trace.ts";

/**
 * What is drawn of a trace, kept until its points or the scales change: hundreds of lines are placed point by point once, and
 * not whenever something else moves.
 */
export class Line {
  #trace: Trace | undefined;
  #count = 0;
  #factor = -1;
  #scales = "";
  #raw: Path2D | undefined;
  #smooth: Path2D | undefined;
  #band: Path2D | undefined;
  /** Entries without neighbours. */
  lone: readonly number[] = [];
  smoothed: readonly (number | null)[] = [];

  /** @returns whether its points are others than before */
  take(trace: Trace, factor: number): boolean {
    const before = this.#trace;
    const isSame =
      before !== undefined &&
      before.last === trace.last &&
      before.x === trace.x &&
      before.low === trace.low &&
      this.#count === trace.last.length;
    this.#trace = trace;
    if (!isSame) {
      this.#count = trace.last.length;
      this.lone = loneOf(trace.last);
      this.#raw = undefined;
      this.#band = undefined;
    }
    if (!isSame || factor !== this.#factor) {
      this.#factor = factor;
      this.smoothed = smooth(trace.last, factor);
      this.#smooth = undefined;
    }
    return !isSame;
  }

  /** @param scales names what places depend on */
  placed(scales: string, places: Places): { raw(): Path2D; smooth(): Path2D; band(): Path2D } {
    const trace = this.#trace as Trace;
    if (scales !== this.#scales) {
      this.#scales = scales;
      this.#raw = undefined;
      this.#smooth = undefined;
      this.#band = undefined;
    }
    return {
      raw: () => (this.#raw ??= rawPath(trace, places)),
      smooth: () => (this.#smooth ??= linePath(trace.x, this.smoothed, places)),
      band: () => (this.#band ??= bandPath(trace, places)),
    };
  }
}

function loneOf(values: readonly (number | null)[]): number[] {
  const found: number[] = [];
  for (let i = 0; i < values.length; i++)
    if (typeof (values[i - 1] ?? values[i + 1]) !== "number") found.push(i);
  return found;
}
