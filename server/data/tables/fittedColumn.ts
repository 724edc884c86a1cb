import type { ColumnAs, DatePart, MissingRule } from "./columnKinds.ts";

/** A column as it was read: a value a sample, NaN where there is none. */
export interface RawColumn {
  readonly name: string;
  readonly as: ColumnAs;
  readonly missing?: MissingRule | undefined;
  readonly parts?: readonly DatePart[] | undefined;
  /** The experiment does not name it. */
  readonly isInferred: boolean;
  /** Of a category or date: what its values stand for, the numbers of these. */
  readonly texts?: readonly string[] | undefined;
}

/** What was learned of a column of the training part, and how its cells become features. */
export interface FittedColumn {
  readonly name: string;
  readonly as: ColumnAs;
  /** Of a category: the texts, a feature each. Another text is none of them. */
  readonly values?: readonly string[];
  /** Of a date: a feature each. */
  readonly parts?: readonly DatePart[];
  /** The features of a cell without a value: one for a number or boolean, one for each of `values` or `parts`. */
  readonly fill: readonly number[];
  /** A last feature is 1 where there is no value, or where a category is none of `values`; else 0. */
  readonly own?: boolean;
}

/** What a table holds, whatever was learned from the training samples of a seed. Hashes are SHA-256, as hex. */
export interface TableHashes {
  /** Of the names of the columns that were read; absent: all that are there. */
  readonly columns?: string;
  readonly values: string;
}

/** How a table writes false and true in a column of them. */
export interface BooleanWords {
  readonly name: string;
  readonly words: readonly [no: string, yes: string];
}

/** The names of a column's features, in their order. */
export const featuresOf = ({ name, values, parts, own }: FittedColumn): readonly string[] => [
  ...(values?.map((value) => `${name}=${value}`) ?? parts?.map((part) => `${name}.${part}`) ?? [name]),
  ...(own ? [`${name}=?`] : []),
];
