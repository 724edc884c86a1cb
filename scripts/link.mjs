/**
 * Links `distill` into node_modules/.bin, as npm does for a project's dependencies but not for the project itself, so
 * that `npx distill` works in a fresh checkout.
 */
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "node_modules", ".bin");

mkdirSync(folder, { recursive: true });
if (process.platform === "win32") {
  writeFileSync(join(folder, "distill.cmd"), '@node "%~dp0\\..\\..\\bin\\distill.mjs" %*\r\n');
} else {
  chmodSync(join(root, "bin", "distill.mjs"), 0o755);
  rmSync(join(folder, "distill"), { force: true });
  symlinkSync("../../bin/distill.mjs", join(folder, "distill"));
}
