import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export type Results = Readonly<Record<string, unknown>>;

const resultsFile = fileURLToPath(new URL("results.json", import.meta.url));

/** Writes measurements into results.json, each under its key. Keys of other commands and other machines are kept. */
export function keepResults(measured: Results, file: string = resultsFile): void {
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Results) : {};
  writeFileSync(file, `${JSON.stringify({ ...kept, ...measured }, null, 2)}\n`);
}
