import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { packNpm } from "../../scripts/packageNpm.ts";
import { npmName } from "../../server/packageRoot.ts";
import { followGuide } from "../jobs/guides.ts";

/** The package for npm, installed from its archive into an empty folder, without a network. */

const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));
let folder: string;
let archive: string;

/** Without the settings of an npm that runs the tests, as of `npm run --silent`. */
const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")),
);

const npm = (words: readonly string[]) =>
  promisify(execFile)("npm", [...words, "--offline"], {
    cwd: folder,
    env: { ...environment, NO_COLOR: "1" },
  });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "npm-"));
  archive = await packNpm(folder);
  const { stdout, stderr } = await npm(["install", archive, "--omit=optional", "--no-audit", "--no-fund"]);
  assert.match(stdout, /added 1 package/);
  assert.doesNotMatch(stderr, /warn/i);
  // Installed beside, it is used in place of the one that is fetched.
  for (const name of ["onnxruntime-node", "onnxruntime-common"])
    await symlink(join(modules, name), join(folder, "node_modules", name), "junction");
});
after(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));

test("it takes at most 2 MB, has no tests and no source, and nothing that is run when it is installed", async () => {
  assert.ok((await stat(archive)).size <= 2 * 2 ** 20, `${(await stat(archive)).size} bytes`);
  const { stdout } = await promisify(execFile)("tar", ["-tzf", archive]);
  const names = stdout.trim().split("\n");
  assert.deepEqual(
    names.filter((name) => /\.test\.|\.map$|(?<!\.d)\.ts$/.test(name)),
    [],
  );
  const installed = join(folder, "node_modules", npmName);
  const { scripts, dependencies } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  assert.deepEqual([scripts, dependencies], [undefined, undefined]);
});

test("its pages lead to files that it has, and begin with what can be done with it", async () => {
  const installed = join(folder, "node_modules", npmName);
  const guides = (await readdir(join(installed, "docs"))).map((name) => join("docs", name));
  for (const page of ["README.md", "CHANGELOG.md", join("schemas", "REFERENCE.md"), ...guides]) {
    const text = await readFile(join(installed, page), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g))
      assert.ok(existsSync(join(installed, dirname(page), target)), `${page} leads to ${target}`);
  }
  const readme = await readFile(join(installed, "README.md"), "utf8");
  assert.equal(/^ {4}(npm|npx) .*$/m.exec(readme)?.[0].trim(), "npx distill init --try");
  assert.doesNotMatch(readme, /checkout -->/);
});

test("docs/api.md can be followed with it, and its commands print no warning", async () => {
  const cli = join(folder, "node_modules", npmName, "bin", "distill.mjs");
  const printed = await followGuide("api", folder, { cli });
  assert.match(printed, /^training\.epochs=-1 out-of-range /m);
  assert.match(printed, /with defaults: adamw 0\.01$/m);
  assert.match(printed, / reaches 0\.9\d*$/m);
  assert.match(printed, /^stopped$/m);
  assert.match(printed, /rings\.onnx$/m);
  const { stdout, stderr } = await npm(["exec", "distill", "--", "--version"]);
  assert.match(stdout, /^\d+\.\d+\.\d+\n$/);
  assert.equal(stderr, "");
});

test("its types are whole, and find mistakes", async () => {
  await writeFile(
    join(folder, "typed.ts"),
    `import { defineLayer, ExperimentError, RunError, run, type RunOptions } from "${npmName}";
export const codeOf = (error: unknown): string =>
  error instanceof RunError || error instanceof ExperimentError ? error.code : "";
const options: RunOptions = { signal: new AbortController().signal };
for await (const event of (await run("a", options)).events()) if (event.type === "step") console.log(event.step.toFixed(0));
export const layer = defineLayer({ description: "", parameters: {}, shape: (output) => ({ output }), forward: ({ tf, x }) => tf.relu(x) });
// @ts-expect-error
await run(1);
// @ts-expect-error
export const wrong = defineLayer({ description: "", parameters: {}, shape: (output) => ({ output }), forward: ({ tf }) => tf.relux });
`,
  );
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  for (const lib of [["es2023", "dom"], ["es2023"]]) {
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          ...{ module: "nodenext", target: "es2023", strict: true, noEmit: true, skipLibCheck: false },
          ...{ lib, types: ["node"], typeRoots: [join(modules, "@types")] },
        },
        files: ["typed.ts", "flatter.ts"],
      }),
    );
    const compiler = join(modules, "typescript", "bin", "tsc");
    const { stdout } = await promisify(execFile)(process.execPath, [compiler, "-p", folder]).catch(
      (error) => error,
    );
    assert.equal(stdout, "");
  }
});
