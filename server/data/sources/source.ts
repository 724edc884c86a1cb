import type { Entry, Kind } from "../../parameters/kind.ts";
import {
  boolean,
  choice,
  defined,
  type Facts,
  integer,
  number,
  optional,
  parameter,
  text,
} from "../../parameters/parameter.ts";
import type { Schema } from "../../parameters/schema.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import type { AnySource, LoadOptions } from "./options.ts";

/** Where samples are read from, one or a kind of several. A parameter whose schema has `path` is a file or folder that is read. */
export type SourceType<S extends AnySource = AnySource> = (Entry | Kind) & {
  /** The same for samples without labels. */
  readonly unlabelled: Entry | Kind;
  /** @param baseDirectory that its paths are relative to */
  readonly load: (source: S, baseDirectory: string, options: LoadOptions) => Promise<Samples | DataProblem>;
  /** What it reads beside the files that it names, where there is such. */
  readonly parts?: (source: S, baseDirectory: string) => Promise<SourceParts>;
};

export interface SourceParts {
  /** What may change, as absolute paths: folders in which there are files that are read, or such files. */
  readonly folders?: readonly string[];
  readonly bytes?: number;
  /** How many images have to be decoded, and how many bytes their files have. */
  readonly images?: number;
  readonly imageBytes?: number;
}

/** An array in an archive, by its name. */
export const arrayName = (description: string, example: string) =>
  text(description, { pattern: "\\S", examples: [example] });

export const columnOf = [
  { description: "Name of the column.", type: "string", columnName: true },
  { description: "Number of the column.", type: "integer" },
] as const;

export const columnByName = columnOf[0];

/** The columns of a table with its labels, one or several. */
export const labelColumns = (
  description: string,
  {
    columns = columnOf,
    examples,
  }: { readonly columns?: readonly Schema[]; readonly examples: readonly unknown[] },
) =>
  parameter<string | number | readonly (string | number)[]>({
    description: `${description} Or several columns, a number each: of a regression, of labels of which a sample has several, or probabilities of classes.`,
    oneOf: [
      ...columns,
      {
        description: "Columns with a number each.",
        type: "array",
        minItems: 2,
        items: { description: "A column.", oneOf: columns },
      },
    ],
    examples: [...examples, ["width", "height"]],
  });

/** A column of a table, by its name or number. */
export const column = (description: string, facts: Facts = {}) =>
  parameter<string | number>({ description, oneOf: columnOf, ...facts });

export const skip = optional(
  defined(
    "Skip",
    integer("Number of samples to skip at the beginning of the file. Absent: none.", {
      minimum: 1,
      unit: "samples",
      examples: [2000],
    }),
  ),
);

export const take = optional(
  defined(
    "Take",
    integer(
      "Number of samples to use, from the beginning of the file or after `skip`. Absent: all of them.",
      { minimum: 1, unit: "samples", examples: [2000] },
    ),
  ),
);

/** Which samples `take` uses, where they are not the first ones; of samples with labels and without. */
export const takeSeed = optional(
  defined(
    "TakeSeed",
    integer(
      "Start of the random numbers by which `take` chooses samples from the whole file, or from what follows `skip`; it does not depend on `seed`. Absent: the first ones.",
      { minimum: 0, maximum: 4294967295, examples: [1] },
    ),
  ),
);

export const balanced = optional(
  defined(
    "Balanced",
    boolean(
      "`take` uses as many samples of each class, as far as there are, and none without a label. Absent: no.",
      { examples: [true] },
    ),
  ),
);

export const sampleShape = optional(
  defined(
    "SampleShape",
    parameter<readonly number[]>({
      description:
        "Shape to give each sample, without the batch: height, width, channels. Absent: as the file has it.",
      type: "array",
      minItems: 1,
      maxItems: 4,
      items: { description: "Size of one axis.", type: "integer", minimum: 1 },
      examples: [[28, 28, 1]],
    }),
  ),
);

/** Of an array with numbers of tokens. */
export const vocabulary = optional(
  defined(
    "Vocabulary",
    integer(
      "How many tokens there are, of which the samples are numbers; one beyond is refused. With a `mask`. Absent: as many as the training samples have numbers.",
      { minimum: 1, unit: "tokens", examples: [30522] },
    ),
  ),
);

export const maskDescription =
  "1 where a text has a token and 0 on padding, as attention_mask of Hugging Face's tokenizers: [samples, length]. The samples then are numbers of tokens, and padding gets a number that no token has: `maskToken` of an embedding.";

export const layout = optional(
  defined(
    "ArrayLayout",
    choice(
      "Position of the channels in the array: `channelsFirst` as in PyTorch, [samples, channels, height, width]; they are moved last when the array is read. `shape` has them last in either case. Absent: `channelsLast`.",
      ["channelsLast", "channelsFirst"],
      { examples: ["channelsFirst"] },
    ),
  ),
);

export const labelSeparator = optional(
  defined(
    "LabelSeparator",
    text(
      "What stands between the labels of a sample that has several, as in `cat|outdoors`: then the task is `multiLabel`, and an empty field is a sample with none of them. Absent: a field is one label.",
      { pattern: "^( |[^\\w\\s.+-])$", examples: ["|", ";", " "] },
    ),
  ),
);

/** Of a source without labels, beside one with. */
export const share = defined(
  "UnlabelledShare",
  optional(
    number(
      "Part of each batch that has no labels, to the nearest whole sample. Samples with labels and without are then drawn from two orders of their own, and an epoch ends once each sample has been seen: the kind that is through sooner begins again, in another order. Absent: all samples are shuffled together, and an epoch is one pass over them.",
      { exclusiveMinimum: 0, exclusiveMaximum: 1, usual: [0.1, 0.9], examples: [0.5] },
    ),
  ),
);
