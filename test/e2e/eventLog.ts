import fs from "node:fs";

/** The events that a run has logged so far; none where there is no log. */
export function loggedEvents<T>(log: string): T[] {
  if (!fs.existsSync(log)) return [];
  // The last line may be half written.
  return fs
    .readFileSync(log, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}
