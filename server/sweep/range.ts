import type { ValueRange } from "../../schemas/experiment.gen.ts";
import { isRecord } from "../isRecord.ts";

/** Significant digits of a number that is drawn from a range: what is written beside a run is what it trained with. */
const digits = 4;

/** A range with both bounds in order; undefined for any other value, as in a text that is being edited. */
export function rangeOf(value: unknown): ValueRange | undefined {
  if (!isRecord(value)) return undefined;
  const { min, max, log, integer } = value;
  if (typeof min !== "number" || typeof max !== "number" || !(min <= max) || (log === true && min <= 0))
    return undefined;
  return {
    min,
    max,
    log: log === true,
    integer: typeof integer === "boolean" ? integer : areWhole(min, max),
  };
}

const areWhole = (...numbers: readonly number[]): boolean => numbers.every(Number.isInteger);

/** How many numbers a range has. */
export function sizeOfRange({ min, max, integer }: ValueRange): number {
  if (integer) return Math.max(0, Math.floor(max) - Math.ceil(min) + 1);
  return min === max ? 1 : Number.POSITIVE_INFINITY;
}

/** The number of a range at a share of it, uniform or uniform in its logarithm. @param share in [0, 1) */
export function draw({ min, max, log, integer }: ValueRange, share: number): number {
  const [from, to] = integer ? [Math.ceil(min), Math.floor(max) + 1] : [min, max];
  const drawn = log ? from * (to / from) ** share : from + (to - from) * share;
  if (integer) return Math.min(to - 1, Math.floor(drawn));
  return Math.min(max, Math.max(min, Number(drawn.toPrecision(digits))));
}

/** Where the numbers of a range are on the axis that they are drawn along: the logarithms of them with `log`. */
export interface Places {
  readonly low: number;
  readonly high: number;
  readonly placeOf: (value: number) => number;
  readonly valueAt: (place: number) => number;
  /** What a number stands for: a whole one for all that are rounded to it, any other one for itself. */
  readonly cellOf: (value: number) => readonly [from: number, to: number];
}

export function placesOf({ min, max, log, integer }: ValueRange): Places {
  const along = (value: number) => (log ? Math.log(value) : value);
  const back = (place: number) => (log ? Math.exp(place) : place);
  if (!integer)
    return {
      low: along(min),
      high: along(max),
      placeOf: along,
      valueAt: (place) => Math.min(max, Math.max(min, Number(back(place).toPrecision(digits)))),
      cellOf: (value) => [along(value), along(value)],
    };
  const [least, greatest] = [Math.ceil(min), Math.floor(max)];
  return {
    low: along(least - 0.5),
    high: along(greatest + 0.5),
    placeOf: along,
    valueAt: (place) => Math.min(greatest, Math.max(least, Math.round(back(place)))),
    cellOf: (value) => [along(value - 0.5), along(value + 0.5)],
  };
}
