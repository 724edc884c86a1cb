import { readFileSync } from "node:fs";
import { Instrumenter } from "@stryker-mutator/instrumenter";

/** One change of one file. */
export interface Mutant {
  /** What switches it on in the instrumented source. */
  readonly id: string;
  /** Counted from 1. */
  readonly line: number;
  /**
   * `declaration: mutator: what stands there → what is put there`, no two of a file alike: the declaration is the one at the top
   * of the file that holds the change, and equal changes in it are counted.
   */
  readonly change: string;
}

export interface InstrumentedFile {
  /** TypeScript with every mutant in it, each behind a switch: `globalThis.__stryker__.activeMutant`. */
  readonly source: string;
  readonly mutants: readonly Mutant[];
}

/** Makes the mutants of a file, as StrykerJS does. */
export async function instrument(file: string): Promise<InstrumentedFile> {
  const content = readFileSync(file, "utf8");
  const lines = content.split("\n");
  const options = { plugins: null, excludedMutations: [], ignorers: [] };
  const { files, mutants } = await new Instrumenter(silent).instrument(
    [{ name: file, content, mutate: true }],
    options,
  );
  const seen = new Map<string, number>();
  return {
    source: files[0]?.content ?? "",
    mutants: mutants.map(({ id, location: { start, end }, mutatorName, replacement = "" }) => {
      const line = lines[start.line] ?? "";
      const was = end.line === start.line ? line.slice(start.column, end.column) : line;
      const change = `${declarationAt(lines, start.line)}: ${mutatorName}: ${brief(was)} → ${brief(replacement)}`;
      const nth = (seen.get(change) ?? 0) + 1;
      seen.set(change, nth);
      return { id, line: start.line + 1, change: nth === 1 ? change : `${change} (${nth})` };
    }),
  };
}

/** The name that is declared at the top of the file at or above a line: formatted code has nothing else in its first column. */
function declarationAt(lines: readonly string[], line: number): string {
  for (let at = line; at >= 0; at--) {
    const text = lines[at] ?? "";
    const name = /^(?:export )?(?:async )?(?:function\*?|const|let|class) (\w+)/.exec(text)?.[1];
    if (name !== undefined) return name;
    if (/^\w/.test(text)) break;
  }
  return "module";
}

function brief(code: string): string {
  return code.replaceAll(/\s+/g, " ").trim().slice(0, 120);
}

const nothing = () => {};
const no = () => false;
const silent = {
  isTraceEnabled: no,
  isDebugEnabled: no,
  isInfoEnabled: no,
  isWarnEnabled: no,
  isErrorEnabled: no,
  isFatalEnabled: no,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
};
