import assert from "node:assert/strict";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { idxFile } from "../support/idxFile.ts";
import { startLanguageServer, temporaryFolder, uriOf } from "../support/languageServer.ts";

/**
 * What is said of the files that an experiment names follows them without a change of the text: files and folders that
 * come, go, and are renamed away and back.
 */
const table = `label,a,b\n${Array.from({ length: 20 }, (_, i) => `${i % 2},${i},${-i}`).join("\n")}\n`;
const csv = (path: string) => `{ "type": "csv", "path": ${JSON.stringify(path)}, "label": "label" }`;
const images = idxFile(
  Array.from({ length: 80 }, (_, i) => i),
  [20, 2, 2],
);
const labels = idxFile(
  Array.from({ length: 20 }, (_, i) => i % 2),
  [20],
);
const experiment = (train: string, teacher = ""): string => `{
  "data": { "train": ${train}, "validation": { "split": 0.2 }, "batchSize": 4 },
  ${teacher}"student": { "preset": "mlp", "hidden": [4] },
  "losses": [{ "type": "${teacher === "" ? "ce" : "kd"}" }]
}`;

/** By kind: the experiment, and the files below `deep/er/` that it names. */
const kinds: Readonly<
  Record<string, { text: string; files: Readonly<Record<string, string | Uint8Array>> }>
> = {
  csv: { text: experiment(csv("deep/er/train.csv")), files: { "train.csv": table } },
  idx: {
    text: experiment('{ "type": "idx", "images": "deep/er/images", "labels": "deep/er/labels" }'),
    files: { images, labels },
  },
  "a teacher of layers": {
    text: experiment(csv("train.csv"), '"teacher": { "type": "tfjs", "path": "deep/er/model.json" },\n  '),
    files: {
      "model.json": JSON.stringify({
        format: "layers-model",
        modelTopology: {
          class_name: "Sequential",
          config: {
            layers: [
              {
                class_name: "Dense",
                config: {
                  name: "d",
                  units: 2,
                  use_bias: true,
                  activation: "linear",
                  batch_input_shape: [null, 2],
                },
              },
            ],
          },
        },
        weightsManifest: [
          {
            paths: ["weights.bin"],
            weights: [
              { name: "d/kernel", shape: [2, 2], dtype: "float32" },
              { name: "d/bias", shape: [2], dtype: "float32" },
            ],
          },
        ],
      }),
      "weights.bin": new Uint8Array(24),
    },
  },
};

for (const [kind, { text, files }] of Object.entries(kinds)) {
  test(`${kind}: files that come, go and come back with their folders are noticed`, async (t) => {
    const after = (clean: () => void) => t.after(clean);
    const folder = await temporaryFolder(after, { "train.csv": table });
    const server = await startLanguageServer(after);
    const uri = uriOf(join(folder, "a.distill.json"));
    const missing = (wanted: boolean) =>
      server.diagnostics(uri, 1, (all) => all.some(({ severity }) => severity === 1) === wanted);
    const deep = join(folder, "deep", "er");
    const make = async () => {
      await mkdir(deep, { recursive: true });
      for (const [name, content] of Object.entries(files)) await writeFile(join(deep, name), content);
    };
    await server.open(uri, text);
    await missing(true);
    await make(); // two folders that were not there before
    await missing(false);
    await rename(join(folder, "deep"), join(folder, "elsewhere"));
    await missing(true);
    await rename(join(folder, "elsewhere"), join(folder, "deep"));
    await missing(false);
    for (const name of Object.keys(files)) {
      await rm(join(deep, name)); // the last of them is named by another one, where it is the weights
      await missing(true);
      await writeFile(join(deep, name), files[name] ?? "");
      await missing(false);
    }
    await rm(join(folder, "deep"), { recursive: true });
    await missing(true);
    await make();
    assert.deepEqual(
      (await missing(false)).filter(({ code }) => code === "missing-file"),
      [],
    );
  });
}
