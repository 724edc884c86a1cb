import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Megabytes of each .vsix, freshly built: with the engine for this platform, and without one for all. */
export async function benchPackages(): Promise<Readonly<Record<string, number>>> {
  execFileSync("npm", ["run", "--silent", "package"], { cwd: root, stdio: "ignore" });
  return Object.fromEntries(
    readdirSync(root)
      .filter((name) => name.endsWith(".vsix"))
      .map((name) => [name, Math.round(statSync(`${root}${name}`).size / 1e4) / 100]),
  );
}
