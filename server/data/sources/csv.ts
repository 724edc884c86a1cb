import { resolve } from "node:path";
import type { CsvSource, UnlabelledCsvSource } from "../../../schemas/experiment.gen.ts";
import { boolean, choice, file, optional } from "../../parameters/parameter.ts";
import { specOf, tableFeatures } from "../tables/columns.ts";
import { loadTable, type TableSource } from "../tables/loadTable.ts";
import { openTable } from "../tables/openTable.ts";
import { labelColumns, labelSeparator, type SourceType, sampleShape, skip, take } from "./source.ts";

const table = (example: string) => file("File with the table.", [".csv", ".tsv", ".txt", ".gz"], example);
const labelColumn = { examples: ["species", 0] };
const part = {
  delimiter: optional(
    choice(
      "Separator between two values. Absent: detected from the first lines.",
      [",", ";", "\t", "|", " "],
      {
        examples: [";"],
      },
    ),
  ),
  header: optional(
    boolean("Whether the first line has the names of the columns. Absent: detected from the first lines.", {
      examples: [true],
    }),
  ),
  skip,
  take,
  shape: sampleShape,
};

/** A table of delimited values. */
export const csv: SourceType<CsvSource | UnlabelledCsvSource> = {
  description:
    "A table: one sample a line, one column the label, the other columns numbers, categories, booleans or dates.",
  hint: "A table of comma-separated values.",
  parameters: {
    path: table("data/iris.csv"),
    label: labelColumns(
      "Column of the label: its name, or its number from 0 (negative: from the end).",
      labelColumn,
    ),
    labelSeparator,
    features: tableFeatures("; beside training samples whose columns have names, those of the same names"),
    ...part,
  },
  unlabelled: {
    description: "A table: one sample a line.",
    hint: "A table of comma-separated values.",
    parameters: {
      path: table("data/more.csv"),
      label: optional(
        labelColumns(
          "Column to leave out, by name or number from 0 (negative: from the end): a label, which is not read. Absent: every column is a feature.",
          labelColumn,
        ),
      ),
      features: tableFeatures("; beside training samples whose columns have names, those of the same names"),
      ...part,
    },
  },
  load(source, baseDirectory, options) {
    const file = resolve(baseDirectory, source.path);
    const open = () => openTable(file, "csv", { ...source, isByName: isByName(source) });
    return loadTable(open, { file, files: [file], source }, options);
  },
};

/** Whether columns are asked for by name, so that there has to be a header. */
export const isByName = ({ label, features = [] }: Pick<TableSource, "label" | "features">): boolean =>
  [label, features.map((feature) => specOf(feature).column)]
    .flat()
    .some((column) => typeof column === "string");
