/** One run in one chart, in the units of the axes. */
export interface Trace {
  readonly run: string;
  readonly colour: string;
  readonly dash: readonly number[];
  readonly x: readonly number[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  readonly last: readonly (number | null)[];
}
