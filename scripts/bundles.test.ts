import assert from "node:assert/strict";
import test from "node:test";
import { build } from "esbuild";
import { bundles } from "./bundles.ts";

const tfjs = "node_modules/@tensorflow/";
const experiments = ["server/language/", "schemas/experiment.", "node_modules/vscode-", "node_modules/ajv/"];

/** What programs and commands do not load before they begin, with all that their modules import. */
const withoutModules: Readonly<Record<string, readonly string[]>> = {
  "server/cli.ts": [tfjs, ...experiments, "server/runs/verifyRun.ts"],
  "server/cli/list.ts": [tfjs, ...experiments],
  "server/cli/show.ts": [tfjs, ...experiments],
  "server/cli/compare.ts": [tfjs, ...experiments],
  "server/cli/stop.ts": [tfjs, ...experiments],
  "server/cli/check.ts": [tfjs, "node_modules/vscode-languageserver-protocol/", "node_modules/protobufjs/"],
  "server/cli/run.ts": [tfjs],
  "server/server.ts": [tfjs],
  "server/trainer.ts": [tfjs, "schemas/experiment.validate"],
  "server/engine/train/distil.ts": ["node_modules/@tensorflow/tfjs-layers/", "node_modules/node-fetch/"],
};

test("programs and commands begin without the modules that they may never need", async () => {
  const programs = bundles({ production: false }).find(({ entryPoints }) => "cli" in entryPoints);
  assert.ok(programs);
  const { metafile } = await build({ ...programs, write: false });
  assert.ok(metafile);
  for (const [entry, unwanted] of Object.entries(withoutModules)) {
    assert.ok(metafile.inputs[entry], entry);
    // Each with the one over which it was reached first.
    const importers = new Map([[entry, ""]]);
    for (const [file] of importers)
      for (const { path, kind, external } of metafile.inputs[file]?.imports ?? [])
        if (!external && kind !== "dynamic-import" && !importers.has(path)) importers.set(path, file);
    for (const [file, importer] of importers)
      assert.ok(!unwanted.some((start) => file.startsWith(start)), `${entry} loads ${file}, for ${importer}`);
  }
});
