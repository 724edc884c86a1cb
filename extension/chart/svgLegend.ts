import { middle } from "../runs/wording.ts";

/** What a line of the picture is called, and how it is drawn. */
export interface LegendEntry {
  readonly label: string;
  readonly colour: string;
  readonly dash?: readonly number[];
}

export interface PlacedEntry extends LegendEntry {
  readonly x: number;
  /** Counted from 0. */
  readonly row: number;
}

/** Of the stroke before a label, and from there to the label. */
export const strokeLength = 14;
export const labelOffset = 18;
const gap = 16;
/** An SVG is not measured before it is drawn: so wide, in parts of its size, is a letter of the fonts that it names. */
const letterWidth = 0.6;

/**
 * Places entries from left to right, in as many rows as they need; a label longer than a row is cut in its middle.
 * @param options.rows at most; what has no place in them is counted in an entry of its own
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
