/** Columns between the text and the chart. */
const gap = 3;
/** Most lines below `losses` at which the chart still belongs to it. */
const reach = 12;
/** Columns to the left that one line further down is worth. */
const columnsPerLine = 3;

/** Place of the chart, in lines and columns of the text. */
export interface ChartPlace {
  /** The line below which it begins; it may end after the last line. */
  readonly under: number;
  readonly column: number;
}

/**
 * Finds room for a chart below a line and right of every line beside it, so that it covers no text. An extension cannot
 * know the editor's width, and a narrow editor hides what is far to the right. So the chart goes far to the left,
 * mostly under the end of a short file, at the cost of some lines down.
 * @param columnsOf width of a line, in columns; 0 below the last line
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
