/**
 * Checks before a release that need the registry: whether a package that is shipped or installed with the product has a
 * known vulnerability, and whether the licence of each shipped package allows shipping it and is in the notices.
 *
 *   node scripts/releaseCheck.ts
 *
 * Exits with 1 where there is a problem, or where the registry did not answer.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readAudit } from "./audit.ts";
import { licenceProblems, shippedPackages } from "./licences.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Prints the lines under a heading, and records whether there were any. */
function tell(heading: string, problems: readonly string[]): void {
  console.log([heading, ...problems.map((problem) => `  ${problem}`)].join("\n"));
  if (problems.length > 0) process.exitCode = 1;
}

const build = execFileSync(process.execPath, ["scripts/build.mjs", "--production"], { cwd: root });
if (/^skipped/m.test(build.toString())) throw new Error(`The build is not complete:\n${build}`);
const shipped = shippedPackages(root);

const refused = licenceProblems(shipped);
tell(`Licences: ${shipped.length} packages are shipped, ${refused.length} may not be.`, refused);

const { stdout, error } = spawnSync("npm", ["audit", "--json"], { cwd: root, encoding: "utf8" });
const audit = readAudit(
  stdout ?? JSON.stringify({ message: error?.message }),
  JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")),
  new Set(shipped.map(({ name }) => name)),
);
if ("unknown" in audit)
  tell("Vulnerabilities: not known, since the registry gave no answer.", [
    audit.unknown,
    "Run this again where the registry can be reached.",
  ]);
else
  tell(
    `Vulnerabilities: ${audit.problems.length} in packages that are shipped or installed, ${audit.elsewhere} in those for development.`,
    audit.problems,
  );
