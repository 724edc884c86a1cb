import { readFile } from "node:fs/promises";
import path from "node:path";

/** What a run's manifest.json says of the engine, as rows of a table: name and words. */
export async function engineFacts(directory: string): Promise<readonly (readonly [string, string])[]> {
  try {
    return engineRows(JSON.parse(await readFile(path.join(directory, "manifest.json"), "utf8")));
  } catch {
    return []; // Not written yet, or the run is being deleted.
  }
}

export function engineRows(manifest: unknown): readonly (readonly [string, string])[] {
  if (typeof manifest !== "object" || manifest === null) return [];
  const { engine, device, engineReason, layout, teacherReading } = manifest as Readonly<
    Record<string, unknown>
  >;
  const rows = [
    ["engine", [engine, device].filter((word) => typeof word === "string").join(", ")],
    ["chosen", engineReason],
    ["layout", layout],
    ["teacher", teacherReading],
  ] as const;
  return rows.flatMap(([name, words]) => (typeof words === "string" && words !== "" ? [[name, words]] : []));
}
