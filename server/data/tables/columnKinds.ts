export const columnKinds = ["number", "category", "boolean", "date"] as const;
export type ColumnAs = (typeof columnKinds)[number];

export const missingRules = ["median", "mostFrequent", "own"] as const;
export type MissingRule = (typeof missingRules)[number];

/** Of a date, as a number each; `weekday` is 0 on a Monday, `days` counts from 1970-01-01. */
export const dateParts = [
  "year",
  "month",
  "day",
  "weekday",
  "dayOfYear",
  "hour",
  "minute",
  "second",
  "days",
] as const;
export type DatePart = (typeof dateParts)[number];

export const usualParts: readonly DatePart[] = ["year", "month", "day", "weekday"];

/** A feature as an experiment gives it: the name or number of its column, or with what it is taken as. */
export type RequestedFeature = string | number | FeatureSpec;

export interface FeatureSpec {
  readonly column: string | number;
  readonly as?: ColumnAs;
  readonly missing?: MissingRule;
  readonly parts?: readonly DatePart[];
}

/** The columns of a table's labels, by name or number. */
export type LabelColumns = string | number | readonly (string | number)[];
