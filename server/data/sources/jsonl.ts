import { resolve } from "node:path";
import type { JsonlSource, UnlabelledJsonlSource } from "../../../schemas/experiment.gen.ts";
import { file, optional } from "../../parameters/parameter.ts";
import { tableFeatures } from "../tables/columns.ts";
import { loadTable } from "../tables/loadTable.ts";
import { openTable } from "../tables/openTable.ts";
import {
  columnByName,
  labelColumns,
  labelSeparator,
  type SourceType,
  sampleShape,
  skip,
  take,
} from "./source.ts";

const path = (example: string) =>
  file("File with an object a line, whose keys are columns.", [".jsonl", ".ndjson", ".json", ".gz"], example);
const label = (description: string) =>
  labelColumns(description, { columns: [columnByName], examples: ["species"] });
const part = {
  features: tableFeatures("; beside training samples, those of the same names"),
  skip,
  take,
  shape: sampleShape,
};

/** JSON Lines: a table with an object a line. */
export const jsonl: SourceType<JsonlSource | UnlabelledJsonlSource> = {
  description:
    "JSON Lines: one sample a line, an object whose keys are columns: one the label, the others numbers, lists of numbers, categories, booleans or dates. Columns are the keys of the first 1,000 lines; one that a line lacks, or `null`, is no value.",
  hint: "JSON Lines, an object a line.",
  parameters: { path: path("data/train.jsonl"), label: label("Key of the label."), labelSeparator, ...part },
  unlabelled: {
    description: "JSON Lines: one sample a line, an object whose keys are columns.",
    hint: "JSON Lines, an object a line.",
    parameters: {
      path: path("data/more.jsonl"),
      label: optional(label("Key to leave out: a label, which is not read. Absent: every key is a feature.")),
      ...part,
    },
  },
  load(source, baseDirectory, options) {
    const file = resolve(baseDirectory, source.path);
    const open = () => openTable(file, "jsonl", { isByName: true });
    return loadTable(open, { file, files: [file], source }, options);
  },
};
