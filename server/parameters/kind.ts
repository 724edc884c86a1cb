import type { Parameters } from "./parameter.ts";
import type { ModuleKind, Schema } from "./schema.ts";

/** What an experiment chooses among: the rows of a table, each with keys of its own. */
export interface Kind {
  /** Its name under `definitions` in the schema, in which those of its entries end: DenseLayer. */
  readonly name: string;
  /** What its name and those of its entries begin with, where there is another kind of that name: UnlabelledCsvSource. */
  readonly prefix?: string;
  /** The kind that all its entries are of; they have their names from it. */
  readonly partOf?: Kind;
  /** What tells its entries apart: the word at `"type"`, or keys that the others have not. Absent: "type". */
  readonly chosenBy?: "type" | "keys";
  /**
   * By the word that chooses them, in the order in which they are offered. One that is a kind stands for all of that kind,
   * whose entries say themselves by which word they are chosen.
   */
  readonly entries: Readonly<Record<string, Entry | Kind>>;
  /** What a person's own module may be in its place, with the keys that all of them take beside those that it declares. */
  readonly module?: Entry & { readonly kind: ModuleKind };
}

export interface Entry {
  readonly description: string;
  /** Text beside the word that chooses it; the description where that is short enough. */
  readonly hint?: string;
  /** Keys beside `type`, in the order in which they are listed. */
  readonly parameters: Parameters;
  /** Facts about the whole: a formula, a paper, what it reads. */
  readonly facts?: Schema;
}

export const isKind = (entry: Entry | Kind): entry is Kind => "entries" in entry;

/** The name of a kind's own definition in the schema: that any of its entries may stand there. */
export const kindName = ({ name, prefix = "" }: Pick<Kind, "name" | "prefix">): string => `${prefix}${name}`;

/** The name of an entry's definition in the schema: `DenseLayer` for "dense". */
export const entryName = ({ name, prefix = "" }: Pick<Kind, "name" | "prefix">, type: string): string =>
  `${prefix}${type.charAt(0).toUpperCase()}${type.slice(1)}${name}`;
