import { basename } from "node:path";
import { codeMarkdown, plainMarkdown } from "../markdown.ts";
import { saysMore } from "../tasks/classificationMetrics.ts";
import { metrics } from "../tasks/tasks.ts";
import type { RunReport } from "./report.ts";
import { dataTable, factRows, filesTable, networksTable, type ReportTable, verdictLines } from "./rows.ts";

/** The task as Hugging Face's model cards name it, by what a sample is. */
function hubTask({ task, manifest }: RunReport): string {
  const { shape = [], tokens } = manifest?.samples ?? {};
  const sample = tokens ? "text" : shape.length === 3 ? "image" : "tabular";
  if (task === "regression") return sample === "tabular" ? "tabular-regression" : "other";
  return task === "multiLabel" && sample === "tabular" ? "other" : `${sample}-classification`;
}

/**
 * A report as a model card: Markdown (CommonMark with tables) below front matter in YAML, in the form of Hugging Face's
 * model cards (`model-index`). Every string is quoted as JSON, which is YAML.
 */
export function markdownReport(report: RunReport): string {
  const { name, notes, experiment } = report;
  return [
    "---",
    ...frontMatter(report),
    "---",
    "",
    `# ${plainMarkdown(name)}`,
    "",
    ...(experiment.description ? [plainMarkdown(experiment.description), ""] : []),
    ...table(networksTable(report)),
    "",
    ...verdictLines(report).map((line) => `- ${plainMarkdown(line)}`),
    "",
    ...(notes.length === 0 ? [] : ["## Notes", "", ...notes.map((note) => `- ${plainMarkdown(note)}`), ""]),
    "## Data",
    "",
    ...table(dataTable(report)),
    "",
    "## Files",
    "",
    ...table(filesTable(report)),
    "",
    "## Run",
    "",
    ...factRows(report).map(([fact, words]) => `- ${fact}: ${codeMarkdown(words)}`),
    "",
    "## Experiment",
    "",
    "```json",
    JSON.stringify(experiment, null, 2),
    "```",
    "",
  ].join("\n");
}

function* frontMatter(report: RunReport): Generator<string> {
  const { name, networks, split, experiment, confusion } = report;
  const student = networks.find(({ network }) => network === "student");
  yield "library_name: distillery";
  yield "tags:";
  for (const tag of ["knowledge-distillation", ...experiment.tags]) yield `- ${JSON.stringify(tag)}`;
  yield "model-index:";
  yield `- name: ${JSON.stringify(name)}`;
  if (student?.[split] === undefined) return;
  yield "  results:";
  yield `  - task:\n      type: ${hubTask(report)}`;
  yield `    dataset:\n      name: ${JSON.stringify(datasetName(report))}\n      type: custom\n      split: ${split}`;
  yield "    metrics:";
  const classes = confusion?.classes.length ?? Number.POSITIVE_INFINITY;
  for (const [metric, value] of Object.entries(student[split] ?? {}))
    if (metric in metrics && Number.isFinite(value) && saysMore(metric, classes))
      yield `    - type: ${JSON.stringify(metric)}\n      value: ${value}`;
}

/** The name of the file or folder that the samples are in on which the metrics were measured. */
function datasetName({ experiment: { data }, split }: RunReport): string {
  const { [split]: own, train } = data;
  // Validation may be held out of the training samples.
  const source = own !== undefined && "type" in own ? own : train;
  const path = Object.values(source).find((value) => typeof value === "string" && /[./\\]/.test(value));
  return typeof path === "string" ? basename(path) : source.type;
}

const cell = (text: string): string => plainMarkdown(text) || " ";

export const table = ({ head, rows }: ReportTable): string[] => [
  `| ${head.map(cell).join(" | ")} |`,
  `|${head.map(() => "---").join("|")}|`,
  ...rows.map((row) => `| ${row.map(cell).join(" | ")} |`),
];
