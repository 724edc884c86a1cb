import type { ResolvedData } from "../../schemas/resolvedExperiment.gen.ts";
import { pictureOf, pictureShape } from "../data/images/picture.ts";
import type { Place, Samples } from "../data/samples.ts";
import { type Numbers, spaceFor } from "../data/sampleValues.ts";
import { plainColumns, rowCells } from "../data/tables/rowCells.ts";
import type { SamplePreview } from "../protocol.ts";

/** What a person sees of samples, by their numbers. */
export type Previews = (rows: readonly number[]) => Promise<readonly (SamplePreview | undefined)[]>;

/** Longest side of a thumbnail in pixels. */
const mostPixels = 64;
/** As many values of a row are shown, and as many characters of a text. */
const mostCells = 24;
const mostCharacters = 600;

/**
 * Images as thumbnails, texts as their tables have them, anything else as names and values. Only what is asked for is read.
 * @param range of the raw values, which float images are stretched from
 */
export function previewsOf(
  samples: Samples,
  {
    data,
    range = [0, 255],
  }: { readonly data: ResolvedData; readonly range: readonly [number, number] | undefined },
): Previews {
  if (samples.tokens !== undefined) return textPreviews(samples, data);
  const { shape, values } = samples;
  const image = pictureShape(shape);
  return async (rows) => {
    const raw = spaceFor(values, rows.length);
    values.read(rows, raw);
    return rows.map((_, i) => {
      const own = raw.subarray(i * values.size, (i + 1) * values.size);
      return image
        ? { kind: "image", ...pictureOf(own, image, { most: mostPixels, range }) }
        : rowPreview(own, samples);
    });
  };
}

function rowPreview(raw: Numbers, { columns, featureNames, booleans, shape }: Samples): SamplePreview {
  const names = () => Array.from(raw.subarray(0, mostCells), (_, i) => featureNames?.[i] ?? String(i));
  const cells = rowCells(raw, columns ?? plainColumns(names(), booleans), { numberText, booleans });
  const left = (columns?.length ?? raw.length) - mostCells;
  return {
    kind: "row",
    cells: cells.slice(0, mostCells),
    ...(left > 0 ? { more: `${left} more of [${shape.join(", ")}]` } : {}),
  };
}

const numberText = (value: number): string => String(Number(value.toPrecision(5)));

/** A column is read whole when the first of its texts is asked for. */
function textPreviews({ places = [] }: Samples, data: ResolvedData): Previews {
  const texts = new Map<Place, Promise<readonly (readonly string[])[]>>();
  const textsOf = (place: Place) => {
    const known = texts.get(place) ?? columnsOf(place, data[place.source as keyof ResolvedData]);
    texts.set(place, known);
    return known;
  };
  return (rows) =>
    Promise.all(
      rows.map(async (row): Promise<SamplePreview | undefined> => {
        const found = placeOf(places, row);
        if (found === undefined) return undefined;
        const parts = (await textsOf(found.place)).map((column) => column[found.at] ?? "");
        const text = parts.join("\n");
        return text === ""
          ? undefined
          : {
              kind: "text",
              text: text.length > mostCharacters ? `${text.slice(0, mostCharacters)}…` : text,
            };
      }),
    );
}

function placeOf(
  places: readonly Place[],
  row: number,
): { readonly place: Place; readonly at: number } | undefined {
  let left = row;
  for (const place of places) {
    const at = place.rows[left];
    if (at !== undefined) return { place, at };
    left -= place.rows.length;
  }
  return undefined;
}

/** The texts of a source by sample, a list a column; none where a column is named by its number. */
async function columnsOf({ ids }: Place, source: unknown): Promise<readonly (readonly string[])[]> {
  const { text } = Object(source) as { readonly text?: unknown };
  const names = [text].flat().filter((name) => typeof name === "string");
  const read = await Promise.all(names.map((name) => ids?.ask(name)));
  return read.flatMap((column) => (column === undefined || "code" in column ? [] : [column]));
}
