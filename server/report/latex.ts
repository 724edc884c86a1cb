import type { RunReport } from "./report.ts";
import { networksTable } from "./rows.ts";

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "–": "--",
};

const escaped = (text: string): string =>
  text.replaceAll(/[\\~^–&%$#_{}]/g, (character) => escapes[character] ?? `\\${character}`);

/** The networks of a run as the rows of a `tabular` in LaTeX, with its head in a comment. */
export function latexReport(report: RunReport): string {
  const { head, rows } = networksTable(report);
  return [
    `% ${head.map((name) => name || "network").join(" & ")}`,
    ...rows.map((row) => `${row.map(escaped).join(" & ")} \\\\`),
    "",
  ].join("\n");
}
