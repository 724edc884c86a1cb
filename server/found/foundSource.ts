import type { FirstLabels } from "../data/descriptions/table.ts";
import type { DataProblem } from "../data/problem.ts";
import type { Part } from "./experimentText.ts";
import type { Splits } from "./names.ts";

/** Samples that were found, as an experiment may name them; whether it can be trained on them is for `check` to tell. */
export interface FoundSource {
  /** What differs between the splits: paths, or names of arrays in `file`. */
  readonly splits: Splits;
  readonly file?: string;
  /** What a sample is called: row, image, sample. */
  readonly noun: string;
  /** The column of a table that is the label. */
  readonly label?: string;
  /** Why it is that column, and how to take another one: a sentence. */
  readonly choice?: string | undefined;
  /** Which other columns are no features, and why: a sentence. */
  readonly leftColumns?: string | undefined;
  /** The least and the greatest number in it. */
  readonly labelRange?: readonly [number, number] | undefined;
  /** Of a table: what its first rows have there. */
  readonly firstLabels?: () => Promise<FirstLabels | DataProblem>;
  /** Tables of the same splits that do not have it. */
  readonly without?: readonly string[];
  /** Images that have to be brought to one size. */
  readonly isSized?: boolean;
  /** The source of a split, of which `splits` has the name. */
  readonly source: (name: string, how: HowWritten) => Part;
}

/** Something that may hold samples: only a look into it tells, as sources of which the likeliest comes first. */
export interface Candidate {
  /** Of the file or folder. */
  readonly path: string;
  readonly sources: () => Promise<readonly FoundSource[] | DataProblem>;
}

interface HowWritten {
  /** A path as it is written in the experiment. */
  readonly at: (path: string) => string;
  readonly isTest: boolean;
  readonly size?: readonly [height: number, width: number] | undefined;
}
