/** Columns between the text and the chart. */
const gap = 3;
/** So far below the line of `losses` it still belongs to it, in lines. */
const reach = 12;
/** A line further down is worth so many columns further left. */
const columnsPerLine = 3;

/** Where the chart stands, in lines and columns of the text. */
export interface ChartPlace {
  /** The line that it begins under; it may end below the last one. */
  readonly under: number;
  readonly column: number;
}

/**
 * Finds room for a chart below a line, right of every line that it stands beside: nothing that a person wrote is covered.
 * How wide an editor is an extension cannot know, and in a narrow one what is far to the right is not seen. So the
 * chart goes where it comes far to the left, which is mostly under the end of a short file, at the cost of some lines down.
 * @param columnsOf how far a line reaches, in columns; 0 below the last line
 * @param options.line the line of `losses`
 * @param options.height of the chart, in lines
 */
export function chartPlace(
  columnsOf: (line: number) => number,
  { line, height, lastLine }: { readonly line: number; readonly height: number; readonly lastLine: number },
): ChartPlace {
  const places: (ChartPlace & { readonly cost: number })[] = [];
  for (let down = 0; down <= reach && line + down <= lastLine; down++) {
    const beside = Array.from({ length: height }, (_, index) => columnsOf(line + down + 1 + index));
    const column = Math.max(...beside) + gap;
    places.push({ under: line + down, column, cost: column + down * columnsPerLine });
  }
  const [first, ...others] = places;
  if (first === undefined) return { under: line, column: gap };
  const { under, column } = others.reduce((best, place) => (place.cost < best.cost ? place : best), first);
  return { under, column };
}
