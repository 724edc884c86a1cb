import type { RunReport, SweepReport } from "./report.ts";
import { networksTable, type ReportTable } from "./rows.ts";
import { studentsTable } from "./sweepRows.ts";

/** What LaTeX reads as a command, or writes as another character in its default font encoding. */
const escapes: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  '"': "''",
  // After the end of a row these are arguments of it.
  "[": "{[}",
  "*": "{*}",
  "–": "--",
  "−": "$-$",
  "±": "$\\pm$",
  "²": "$^2$",
  "…": "\\dots{}",
};

const escaped = (text: string): string =>
  text
    .replaceAll(/[\\~^<>|"[*–−±²…&%$#_{}]/g, (character) => escapes[character] ?? `\\${character}`)
    .replaceAll(/\s+/g, " ");

/** The networks of a run as the rows of a `tabular` in LaTeX, with its head in a comment. */
export const latexReport = (report: RunReport): string => latexRows(networksTable(report));

/** The students of a sweep in the same form, mean ± standard deviation over its seeds. */
export const latexSweep = (report: SweepReport): string => latexRows(studentsTable(report));

const latexRows = ({ head, rows }: ReportTable): string =>
  [
    `% ${head.map((name) => name.replaceAll(/\s+/g, " ") || "network").join(" & ")}`,
    ...rows.map((row) => `${row.map(escaped).join(" & ")} \\\\`),
    "",
  ].join("\n");
