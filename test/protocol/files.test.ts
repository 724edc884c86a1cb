import assert from "node:assert/strict";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
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

test("hovers are answered while a tokenizer's patterns go on for seconds", async (t) => {
  const after = (clean: () => void) => t.after(clean);
  const words = await readFile(new URL("../fixtures/texts/words.json", import.meta.url), "utf8");
  const hostile = {
    ...JSON.parse(words),
    added_tokens: [{ id: 0, content: `${"a".repeat(60)}b`, normalized: true }],
    normalizer: { type: "Replace", pattern: { Regex: "(a+)+$" }, content: "" },
  };
  const folder = await temporaryFolder(after, {
    "train.csv": "label,text\n0,fine\n1,dull\n",
    "tokenizer.json": JSON.stringify(hostile),
  });
  const server = await startLanguageServer(after);
  const [held, elsewhere] = ["a", "b"].map((name) => uriOf(join(folder, `${name}.distill.json`)));
  await server.open(`${elsewhere}`, experiment(csv("missing.csv")));
  await server.diagnostics(`${elsewhere}`, 1);
  const source = csv("train.csv").replace("csv", "text");
  const more = ', "text": "text", "tokenizer": "tokenizer.json", "maxLength": 8 }';
  await server.open(`${held}`, experiment(source.replace(" }", more)));
  const isOver = () =>
    server.published.get(`${held}`)?.diagnostics.some(({ code }) => code === "bad-tokenizer");
  let [answers, longest] = [0, 0];
  const begun = performance.now();
  while (!isOver()) {
    const asked = performance.now();
    const position = { line: 2, character: 4 };
    assert.ok(
      await server.connection.sendRequest("textDocument/hover", {
        textDocument: { uri: elsewhere },
        position,
      }),
    );
    longest = Math.max(longest, performance.now() - asked);
    answers++;
    await setTimeout(20);
  }
  // A server that is held answers once before and once behind it.
  assert.ok(answers > 3, `${answers} answers`);
  const whole = performance.now() - begun;
  assert.ok(longest < whole / 2, `one took ${longest} of ${whole} ms`);
});
