import { holdsSamples } from "../facts.ts";
import { opening, warning } from "../finding.ts";
import { chooseFile, isMade, isMissing, makeData, teacherFixes } from "./missingFile.ts";
import type { Rule } from "./rule.ts";

/** An experiment of whose samples none are there, as a starting point is at first: what to do, on its first line. */
export const filesMissing: Rule = {
  code: "files-missing",
  *check({ root, files }) {
    const samples = files.filter(({ reference }) => reference.at[0] === "data" && holdsSamples(reference));
    if (samples.length === 0 || !samples.every(isMissing)) return;
    const missing = files.filter(isMissing).map(({ reference }) => reference);
    const paths = [...new Set(missing.map(({ path }) => path))];
    const [first] = missing;
    if (first === undefined) return;
    yield warning(
      opening(root),
      `The files of this experiment are not there yet: ${paths.join(", ")}. Choose yours, or have sample data created.`,
      ...(missing.some(isMade) ? [makeData] : []),
      chooseFile(first),
      ...missing.flatMap(teacherFixes),
    );
  },
};
