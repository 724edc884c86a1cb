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

interface Steps {
  readonly rows: readonly { readonly workload: string }[];
}

/** Writes the steps of one workload, in the place of those that the file has. The peak and other workloads' rows stay. */
export function keepWorkload(measured: Results, workload: string, file: string = resultsFile): void {
  const [kept, now] = [readResults(file)["steps"], measured["steps"]] as [Steps | undefined, Steps];
  const isOther = (row: Steps["rows"][number]): boolean => row.workload !== workload;
  const at = kept?.rows.findIndex((row) => !isOther(row)) ?? -1;
  const others = kept?.rows.filter(isOther) ?? [];
  const rows = at < 0 ? [...others, ...now.rows] : others.toSpliced(at, 0, ...now.rows);
  keepResults({ steps: { ...now, ...kept, rows } }, file);
}
