import type { ReportFormatName } from "../optionValues.ts";
import { csvReport, csvSweep } from "./csv.ts";
import { htmlReport } from "./html.ts";
import { latexReport, latexSweep } from "./latex.ts";
import { markdownReport } from "./markdown.ts";
import type { RunReport, SweepReport } from "./report.ts";
import { htmlSweep } from "./sweepHtml.ts";
import { markdownSweep } from "./sweepMarkdown.ts";

interface ReportFormat {
  /** Ending of a file's name. */
  readonly ending: string;
  readonly run: (report: RunReport) => string;
  readonly sweep: (report: SweepReport) => string;
}

const json = (report: object): string => `${JSON.stringify(report, null, 2)}\n`;

/** Every form in which a report is written. */
export const reportFormats = {
  html: { ending: ".html", run: htmlReport, sweep: htmlSweep },
  md: { ending: ".md", run: markdownReport, sweep: markdownSweep },
  json: { ending: ".json", run: json, sweep: json },
  csv: { ending: ".csv", run: csvReport, sweep: csvSweep },
  latex: { ending: ".tex", run: latexReport, sweep: latexSweep },
} as const satisfies Readonly<Record<ReportFormatName, ReportFormat>>;
