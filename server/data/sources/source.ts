import {
  choice,
  defined,
  type Facts,
  integer,
  optional,
  type Parameters,
  parameter,
  text,
} from "../../parameters/parameter.ts";
import type { DataProblem } from "../problem.ts";
import type { Samples } from "../samples.ts";
import type { AnySource, LoadOptions } from "./options.ts";

/** Where samples are read from. */
export interface SourceType<S extends AnySource = AnySource> extends Declared {
  /** The same for samples without labels. */
  readonly unlabelled: Declared;
  /** @param baseDirectory that its paths are relative to */
  readonly load: (source: S, baseDirectory: string, options: LoadOptions) => Promise<Samples | DataProblem>;
}

interface Declared {
  readonly description: string;
  /** What is said beside its name. */
  readonly hint: string;
  /** One whose schema has `path` is a file that is read. */
  readonly parameters: Parameters;
}

/** An array in an archive, by its name. */
export const arrayName = (description: string, example: string) =>
  text(description, { pattern: "\\S", examples: [example] });

const columnOf = [
  { description: "Name of the column.", type: "string" },
  { description: "Number of the column.", type: "integer" },
] as const;

/** A column of a table, by its name or number. */
export const column = (description: string, facts: Facts = {}) =>
  parameter<string | number>({ description, oneOf: columnOf, ...facts });

export const skip = optional(
  defined(
    "Skip",
    integer("Leave out so many samples, the first ones of the file. Absent: none.", {
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
      "Use only so many samples, the first ones of the file, or behind those of `skip`. Absent: all of them.",
      { minimum: 1, unit: "samples", examples: [2000] },
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

export const layout = optional(
  defined(
    "ArrayLayout",
    choice(
      "Where the channels of a sample stand in the array: `channelsFirst` as PyTorch has them, [samples, channels, height, width], which are put last when the array is read. `shape` has them last in either case. Absent: `channelsLast`.",
      ["channelsLast", "channelsFirst"],
      { examples: ["channelsFirst"] },
    ),
  ),
);
