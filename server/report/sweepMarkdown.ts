import { plainMarkdown } from "../markdown.ts";
import { table } from "./markdown.ts";
import type { SweepReport } from "./report.ts";
import { frontTable, runsTable } from "./sweepRows.ts";

/** A sweep's report in Markdown (CommonMark with tables). */
export const markdownSweep = (report: SweepReport): string =>
  [
    `# ${plainMarkdown(report.name)}`,
    "",
    ...report.verdict.map((line) => `- ${plainMarkdown(line)}`),
    "",
    ...(report.front.length === 0
      ? []
      : ["## Pareto front of size and validation", "", ...table(frontTable(report)), ""]),
    "## Runs",
    "",
    ...table(runsTable(report)),
    "",
  ].join("\n");
