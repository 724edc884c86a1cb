const booleans = new Set(["true", "false"]);

/**
 * How names of classes are compared. pandas writes booleans as `True` into a CSV file, R as `TRUE`, JSON and Parquet have `true`: they
 * are one class, where all classes are booleans. Other names differ by their letters' case.
 */
export function classSpelling(names: readonly string[]): (name: string) => string {
  const lower = (name: string) => name.toLowerCase();
  const areBooleans = names.length > 0 && names.every((name) => booleans.has(lower(name)));
  return areBooleans ? lower : (name) => name;
}
