import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export type Results = Readonly<Record<string, unknown>>;

const resultsFile = fileURLToPath(new URL("results.json", import.meta.url));

export const readResults = (file: string = resultsFile): Results =>
  existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Results) : {};

/** Writes measurements into results.json, each under its key. Keys of other commands and other machines are kept. */
export function keepResults(measured: Results, file: string = resultsFile): void {
  writeFileSync(file, `${JSON.stringify({ ...readResults(file), ...measured }, null, 2)}\n`);
}
