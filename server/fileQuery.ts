import type { LabelColumns, RequestedFeature } from "./data/tables/columnKinds.ts";
import type { TaskName } from "./tasks/tasks.ts";

/** What an experiment says about a file besides its path: which part of it is read, and as what. */
export interface FileQuery {
  /** Of a table of numbers. */
  readonly columns?: ColumnsQuery;
  /** Names of an archive's arrays. */
  readonly arrays?: { readonly features: string; readonly labels?: string };
  /** Of samples: what the text says that their labels are for; absent: as they look. */
  readonly task?: TaskName;
  readonly images?: ImagesQuery;
  readonly parquet?: ParquetQuery;
  /** The file has a teacher's outputs, whatever its format. */
  readonly outputs?: OutputsQuery;
}

export interface ColumnsQuery {
  /** Absent: no column is a label. */
  readonly label?: LabelColumns | undefined;
  readonly features?: readonly RequestedFeature[] | undefined;
  readonly delimiter?: string | undefined;
  readonly header?: boolean | undefined;
  /** Between several labels of a sample. */
  readonly labelSeparator?: string | undefined;
}

export interface ImagesQuery {
  readonly size?: readonly [height: number, width: number];
  readonly channels?: 1 | 3;
  /** Columns of a table. */
  readonly path?: string | number;
  /** Folder that a table's paths start from; absent: the table's own. */
  readonly root?: string;
  readonly label?: LabelColumns;
  readonly labelSeparator?: string;
  /** Folders are no classes. */
  readonly isUnlabelled?: boolean;
  /** Of CIFAR. */
  readonly part?: "train" | "test";
  readonly labels?: "fine" | "coarse";
}

export interface ParquetQuery extends Pick<ImagesQuery, "size" | "channels" | "isUnlabelled"> {
  readonly image?: string;
  readonly label?: LabelColumns;
  readonly labelSeparator?: string;
  readonly features?: readonly RequestedFeature[];
}

export interface OutputsQuery {
  /** Name of the array in an archive, or of a table's column of lists. */
  readonly array?: string | undefined;
  /** Name of the array or column that says which sample a row is of. */
  readonly id?: string | undefined;
  /** Of these samples. */
  readonly source: SourceKey;
}

/** Where samples come from: a key of the experiment's `data`. */
export type SourceKey = "train" | "unlabelled" | "validation" | "test";

/** Of a table. */
export const tableFormats = ["csv", "jsonl", "parquet"] as const;
export type TableFormat = (typeof tableFormats)[number];

/** A file of lines, as its name says, which for texts is no table. */
export const areLines = (file: string): boolean => /\.txt(\.gz)?$/i.test(file);

/** The format that a file's name ends in; delimited values where it says none. */
export const formatOf = (file: string): TableFormat =>
  /\.parquet$/i.test(file) ? "parquet" : /\.(jsonl?|ndjson)(\.gz)?$/i.test(file) ? "jsonl" : "csv";
