import { quoted } from "../parameters/words.ts";
import { isFeedable, isInteger } from "./onnxTypes.ts";

/** An input of a model: its type as runtimes name it, and open axes as names or as −1. */
interface Port {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** Names of a table's columns, in the order of a sample's values. */
type ColumnNames = readonly string[] | undefined;

/**
 * One input [batch, columns] in place of those of a model that takes each column of a table by itself, [batch, 1], as scikit-learn's
 * exporter writes pipelines of a ColumnTransformer; undefined where the table does not have these columns, or the model is another.
 */
export function columnInput(ports: readonly Port[], columns: ColumnNames): Port | undefined {
  const areThere = ports.every(({ name, type }) => isFeedable(type) && columns?.includes(name));
  if (!areColumns(ports) || columns === undefined || !areThere) return undefined;
  const type = ports.find((port) => isInteger(port.type))?.type ?? "float32";
  return { name: ports.map(({ name }) => name).join(", "), type, shape: ["batch", columns.length] };
}

const areColumns = (ports: readonly Port[]): boolean =>
  ports.length > 1 && ports.every(({ shape }) => shape.length === 2 && shape[1] === 1);

/** What to do about a model of columns that a table does not have; undefined for all other models. */
export function columnHint(ports: readonly Port[], columns: ColumnNames): string | undefined {
  if (!areColumns(ports)) return undefined;
  const unfed = ports.find(({ type }) => !isFeedable(type));
  const absent = ports.find(({ name }) => !columns?.includes(name));
  const store = 'store what it says in Python and teach from that ("type": "outputs")';
  if (unfed !== undefined)
    return `It takes each column of a table by itself, and ${quoted(unfed.name)} is no number: ${store}.`;
  return absent && columns
    ? `It takes each column of a table by itself: call one of numbers ${quoted(absent.name)} in the data, or ${store}.`
    : `It takes each column of a table by itself: give the data as a table with these names, or ${store}.`;
}

/** Values of each input of such a model. @param samples [batch, columns] */
export function columnFeeds(
  ports: readonly Port[],
  columns: readonly string[],
  { shape: [batch = 1], data }: { readonly shape: readonly number[]; readonly data: Float32Array },
) {
  const width = columns.length;
  return Object.fromEntries(
    ports.map(({ name }) => {
      const at = columns.indexOf(name);
      return [
        name,
        {
          shape: [batch, 1],
          data: Float32Array.from({ length: batch }, (_, row) => data[row * width + at] as number),
        },
      ];
    }),
  );
}
