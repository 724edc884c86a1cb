import { quoted } from "../../parameters/words.ts";
import type { FileReference, Nearby } from "../facts.ts";
import { error, fix, replace, warning } from "../finding.ts";
import { normalised } from "../references.ts";
import { suggestion } from "../suggest.ts";
import { isMissing, missingFixes } from "./missingFile.ts";
import type { Rule } from "./rule.ts";

/** A file that is missing or not of the expected kind: the problem from reading it, at its path. */
export const fileProblem: Rule = {
  code: "file",
  *check({ files }) {
    // A file named elsewhere is not suggested here: images are not their labels.
    const named = new Set(files.map(({ reference }) => normalised(reference.path)));
    for (const { reference, knowledge } of files) {
      const problem = knowledge?.problem;
      if (problem === undefined) continue;
      const { code, message, nearby, models = [] } = problem;
      const path = nearby && nearest(reference, nearby, named);
      // A file that was not read is not reported.
      const report = code === "outside-workspace" || code === "module-untrusted" ? warning : error;
      const inside = models.map((name) => `${reference.path.replace(/[\\/]+$/, "")}/${name}`);
      const renamed = [...(path === undefined ? [] : [path]), ...inside].map((name) =>
        fix(`Change to ${quoted(name)}`, replace(reference.node, quoted(name))),
      );
      const meant = path === undefined ? "" : ` Did you mean ${quoted(path)}?`;
      const fixes = isMissing({ knowledge }) ? [...renamed, ...missingFixes(reference)] : renamed;
      yield { ...report(reference.node, `${message}${meant}`, ...fixes), code };
    }
  },
};

/** The path with the closest existing name. */
function nearest(
  { path }: FileReference,
  { offset, length, names }: Nearby,
  named: ReadonlySet<string>,
): string | undefined {
  const withName = (name: string) => path.slice(0, offset) + name + path.slice(offset + length);
  const free = names.filter((name) => !named.has(normalised(withName(name))));
  const name = suggestion(path.slice(offset, offset + length), free);
  return name === undefined ? undefined : withName(name);
}
