import { duration as untenthed } from "../duration.ts";
import { printable } from "./printable.ts";

/** Numbers as people read them. */

/** As in `0.4 s`, `18 s`, `3 min 20 s`: short ones to the tenth. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  return seconds < 10 ? `${(Math.round(seconds * 10) / 10).toFixed(1)} s` : untenthed(seconds);
}

/** As in `950`, `12.3k`, `4.56M`. */
export function compact(value: number): string {
  const [size, unit] = value >= 999_500 ? [1e6, "M"] : value >= 999.5 ? [1e3, "k"] : [1, ""];
  return `${size === 1 ? Math.round(value) : (value / size).toPrecision(3)}${unit}`;
}

/** Columns as wide as their widest cells, which are shown as they will be printed. */
export function table(
  given: readonly (readonly string[])[],
  { alignRight = [] as readonly number[] } = {},
): string[] {
  const rows = given.map((row) => row.map(printable));
  const columns = Math.max(0, ...rows.map(({ length }) => length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return alignRight.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}

/** `losses[0].temperature=4 · seed=2`. */
export const settingsText = (settings: Readonly<Record<string, unknown>>): string =>
  Object.entries(settings)
    .map(([path, value]) => `${path}=${settingText(value)}`)
    .join(" · ");

export const settingText = (value: unknown): string =>
  typeof value === "string" ? value : (JSON.stringify(value) ?? "–");
