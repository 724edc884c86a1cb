import { execFileSync } from "node:child_process";
import fs from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

export const extensionId = "distillery.distillery";

/**
 * The packed extension under test, never the source tree. DISTILLERY_VSIX names one; else the one at the top is packed
 * anew, since an old one would pass tests of code that is no longer there.
 */
export function packedExtension(): string {
  const given = process.env["DISTILLERY_VSIX"];
  if (given !== undefined) return given;
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const target = `linux-${process.arch}`;
  execFileSync(process.execPath, ["scripts/package.mjs", target], { cwd: root, stdio: "pipe" });
  const file = fileURLToPath(new URL(`../../distillery-${target}.vsix`, import.meta.url));
  if (!fs.existsSync(file)) throw new Error(`${file} was not packed`);
  return file;
}

export const screenshots = fileURLToPath(new URL("screenshots/", import.meta.url));
