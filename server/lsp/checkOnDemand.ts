import { dirname } from "node:path";
import type { Connection } from "vscode-languageserver/node";
import { checkFile } from "../api/checkFile.ts";
import { readText } from "../api/readText.ts";
import type { Diagnostic } from "../language/check.ts";
import { CheckExperiment, type CheckResult } from "../protocol.ts";
import type { Diagnostics } from "./diagnostics.ts";
import { type Experiments, placeOf } from "./experiments.ts";

/**
 * The command Check: one line about an experiment's findings, which it shows, for an open file or one on disk; as thorough as
 * before a run.
 */
export function checkOnDemand(
  connection: Connection,
  { experiments, diagnostics }: { readonly experiments: Experiments; readonly diagnostics: Diagnostics },
): void {
  connection.onRequest(CheckExperiment, async ({ uri }) => {
    if (experiments.get(uri)) return result(await diagnostics.check(uri, { isThorough: true }));
    const { file } = placeOf(uri);
    if (file === undefined) return failed("The experiment is not open and has no file.");
    const read = await readText(file);
    if ("problem" in read) return failed(read.problem.message);
    return result((await checkFile(read.text, dirname(file))).diagnostics);
  });
}

function result(diagnostics: readonly Diagnostic[]): CheckResult {
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = diagnostics.length - errors;
  const parts = [count(errors, "error"), count(warnings, "warning")].filter((part) => part !== undefined);
  return { errors, warnings, summary: parts.join(", ") || "No problems" };
}

const failed = (summary: string): CheckResult => ({ errors: 1, warnings: 0, summary });

const count = (number: number, noun: string): string | undefined =>
  number === 0 ? undefined : `${number} ${noun}${number === 1 ? "" : "s"}`;
