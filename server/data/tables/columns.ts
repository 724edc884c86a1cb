import { list, optional, type Parameter, parameter } from "../../parameters/parameter.ts";
import type { Schema } from "../../parameters/schema.ts";
import type { DataProblem } from "../problem.ts";
import { columnOf } from "../sources/source.ts";
import {
  columnKinds,
  dateParts,
  type FeatureSpec,
  missingRules,
  type RequestedFeature,
} from "./columnKinds.ts";
import { duplicateOf, findColumn, type Table } from "./table.ts";

export const specOf = (feature: RequestedFeature): FeatureSpec =>
  typeof feature === "object" ? feature : { column: feature };

const featureSchema = (columns: readonly Schema[]): Schema => ({
  description: "A column, and what it is taken as.",
  type: "object",
  properties: {
    column: {
      description: "The column, by name or number from 0.",
      oneOf: columns,
      examples: ["workclass"],
    },
    as: {
      description:
        "What its cells are. `number`: as they are. `category`: a feature for each text of the training part, 1 where it stands and else 0. `boolean`: true, false, yes, no, 1 or 0. `date`: in ISO 8601, `2024-05-31` or `2024-05-31T10:20:30Z`, as `parts`: those that it shows, of a time with a zone as the clocks there, which Parquet keeps of pandas and Arrow (else UTC). Absent: found out, if all cells are of one kind.",
      type: "string",
      enum: columnKinds,
      examples: ["category"],
    },
    missing: {
      description:
        "What stands for a cell without a value. `median`: that of the training part, of numbers and parts of dates. `mostFrequent`: the most frequent value there, of several the first in order. `own`: a feature of its own, which is 1 there; a category that the training part does not have counts as missing then. Absent: `median` of numbers and dates, `mostFrequent` of booleans, and of categories `own` where the training part lacks some.",
      type: "string",
      enum: missingRules,
      examples: ["own"],
    },
    parts: {
      description:
        "What is taken of a date, a number each: `weekday` is 0 on a Monday, `days` counts from 1970-01-01. Absent: year, month, day and weekday.",
      type: "array",
      minItems: 1,
      items: { description: "A part of a date.", type: "string", enum: dateParts },
      examples: [["month", "weekday", "hour"]],
    },
  },
  required: ["column"],
  additionalProperties: false,
});

/** `features` of a table. */
export const tableFeatures = (beside: string): Parameter<readonly RequestedFeature[] | null> =>
  optional(
    list(
      `Columns of the features. Absent: every column but the label${beside}; a column that is the same in all of the training part, or has more than 100 different texts, is left out unless it is named here.`,
      parameter({
        description: "A column, by name or number from 0, or with what it is taken as.",
        oneOf: [...columnOf, featureSchema(columnOf)],
      }),
      {
        minItems: 1,
        examples: [
          ["length", "width"],
          ["age", { column: "workclass", as: "category", missing: "own" }],
        ],
      },
    ),
  );

/** A column that is read as a feature. */
export interface FeatureColumn extends FeatureSpec {
  /** Its number in the table. */
  readonly at: number;
  readonly name: string;
  /** By itself: the experiment does not name it. */
  readonly isInferred?: boolean;
}

/** Columns that are no features by default, by name. */
export interface LeftOut {
  /** They hold what is not read. */
  readonly unread: readonly string[];
  /** They are pandas' index: the row of a sample in some other table. */
  readonly index: readonly string[];
}

/** The columns that are features, as `features` says, or all but the label. */
export function featureColumns(
  table: Table,
  {
    features,
    label = [],
  }: { readonly features?: readonly RequestedFeature[] | undefined; readonly label?: readonly number[] },
): { readonly columns: readonly FeatureColumn[]; readonly leftOut: LeftOut } | DataProblem {
  const { file, columns } = table;
  if (features !== undefined) {
    const found: FeatureColumn[] = [];
    for (const spec of features.map(specOf)) {
      const at = findColumn(table, spec.column);
      if (typeof at === "object") return at;
      const { name, kind } = columns[at] ?? { name: "" };
      if (kind === "image" || kind === "other")
        return {
          code: "not-a-number",
          message: `Column "${name}" holds ${kind === "image" ? "bytes" : "neither numbers nor texts nor dates"}${kind === "image" ? "; of images, name it by `image`" : ""}.`,
          file,
          expected: "numbers, texts, dates or lists of numbers",
        };
      if (label.includes(at))
        return {
          code: "label-range",
          message: `\`features\` names the column of the label, ${typeof spec.column === "number" ? spec.column : `"${name}"`}: a student that sees it learns nothing else. Leave it out.`,
          file,
        };
      found.push({ ...spec, at, name });
    }
    return { columns: found, leftOut: { unread: [], index: [] } };
  }
  const isRead = (kind: string | undefined) => kind !== "image" && kind !== "other";
  const others = columns
    .map(({ name, kind }, at) => ({ name, kind, at }))
    .filter(({ at }) => !label.includes(at));
  const read = others.filter(({ kind }) => isRead(kind));
  if (read.length === 0)
    return {
      code: "missing-column",
      message:
        others.length === 0
          ? "The table has one column only, so there is nothing beside the label."
          : "No column beside the label holds numbers, texts or dates.",
      file,
      line: 1,
      expected: "at least 2 columns",
      found: columns.map(({ name }) => name).join(", "),
    };
  const own = read.filter(({ name, at }) => !(table.isNamed && isIndex(name, at)));
  const taken = own.length > 0 ? own : read;
  const [duplicate] = table.isNamed ? taken.flatMap(({ at }) => duplicateOf(table, at) ?? []) : [];
  if (duplicate !== undefined) return duplicate;
  return {
    columns: taken.map(({ name, at }) => ({ column: table.isNamed ? name : at, name, at, isInferred: true })),
    leftOut: {
      unread: others.filter(({ kind }) => !isRead(kind)).map(({ name }) => name),
      index: read.filter((column) => !taken.includes(column)).map(({ name }) => name),
    },
  };
}

/** As to_csv, read_csv and to_parquet of pandas call it. */
const isIndex = (name: string, at: number): boolean =>
  (name === "" && at === 0) || /^(Unnamed: \d+|__index_level_\d+__)$/.test(name);
