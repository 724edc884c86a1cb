/** One run in one chart, in the units of the axes. */
export interface Trace {
  /** Directory of the run, or the key of its group. */
  readonly key: string;
  readonly run: string;
  readonly colour: string;
  readonly dash: readonly number[];
  readonly x: readonly number[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  readonly last: readonly (number | null)[];
  /** `low` and `high` bound a band, and `last` is its middle. */
  readonly isBand?: true;
}
