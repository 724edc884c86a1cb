import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export type Results = Readonly<Record<string, unknown>>;

const resultsFile = fileURLToPath(new URL("results.json", import.meta.url));

/**
 * Writes what was measured into results.json, each under its key. The keys of what was measured by other commands, or on
 * another machine, stay as they are.
 */
export function keepResults(measured: Results, file: string = resultsFile): void {
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Results) : {};
  writeFileSync(file, `${JSON.stringify({ ...kept, ...measured }, null, 2)}\n`);
}
