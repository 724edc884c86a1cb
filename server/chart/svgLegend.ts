import { middle } from "../middle.ts";

/** Name and style of a line in the picture. */
export interface LegendEntry {
  readonly label: string;
  readonly colour: string;
  readonly dash?: readonly number[];
}

export interface PlacedEntry extends LegendEntry {
  readonly x: number;
  /** Row, from 0. */
  readonly row: number;
}

/** Width of the stroke before a label, and the gap between them. */
export const strokeLength = 14;
export const labelOffset = 18;
const gap = 16;
/**
 * Width of a letter in the fonts that the SVG names, as a share of the font size: text cannot be measured before it is
 * drawn.
 */
const letterWidth = 0.6;

/**
 * Places entries from left to right in as many rows as they need; a label longer than a row is cut in its middle.
 * @param options.rows at most; the last entry counts those that do not fit
 */
export function placeLegend(
  entries: readonly LegendEntry[],
  options: { readonly left: number; readonly right: number; readonly font: number; readonly rows: number },
): PlacedEntry[] {
  for (let shown = entries.length; shown > 0; shown--) {
    const left = entries.length - shown;
    const more = left > 0 ? [{ label: `+ ${left} more`, colour: "none" }] : [];
    const placed = inRows([...entries.slice(0, shown), ...more], options);
    if ((placed.at(-1)?.row ?? 0) < options.rows) return placed;
  }
  return [];
}

function inRows(
  entries: readonly LegendEntry[],
  { left, right, font }: { readonly left: number; readonly right: number; readonly font: number },
): PlacedEntry[] {
  const letter = font * letterWidth;
  const longest = Math.max(1, Math.floor((right - left - labelOffset) / letter));
  let x = left;
  let row = 0;
  return entries.map((entry) => {
    const label = middle(entry.label, longest);
    const width = labelOffset + label.length * letter;
    if (x > left && x + width > right) {
      x = left;
      row += 1;
    }
    const placed = { ...entry, label, x, row };
    x += width + gap;
    return placed;
  });
}
