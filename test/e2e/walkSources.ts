import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { write } from "../support/dataFiles.ts";
import { drawn } from "../support/imageFiles.ts";
import { placeOf } from "./mnist.ts";
import type { VSCode } from "./vscode.ts";
import { dismiss, panel, row, type Scene, succeed, suggest } from "./walkScene.ts";

const photos = `"train": { "type": "images", "folder": "photos/train", "size": [16, 16] },
    "validation": { "split": 0.2 },
    "test": { "type": "images", "folder": "photos/test", "size": [16, 16] }`;
const cifar = `"train": { "type": "cifar", "path": "cifar" },
    "validation": { "split": 0.2 },
    "test": { "type": "cifar", "path": "cifar", "part": "test" }`;
const parquet = `"train": { "type": "parquet", "path": "shards/train-*.parquet", "image": "image", "label": "label" }`;
const trained = `{ "type": "layers", "preset": "mlp", "hidden": [64], "train": { "epochs": 4 } }`;
const trainedDifferently = trained.replace("[64]", "[32, 32]");

/** An experiment of these data with this teacher. */
const experiment = (name: string, data: string, teacher: string): string => `{
  "name": "${name}",
  "data": {
    ${data},
    "normalize": "fit",
    "batchSize": 16
  },
  "teacher": ${teacher},
  "student": { "preset": "mlp", "hidden": [8] },
  "losses": [
    { "type": "kd", "temperature": 4, "weight": 0.7 },
    { "type": "ce", "weight": 0.3 }
  ],
  "training": { "epochs": 10 }
}
`;

/** The workspace of these scenes; `makeSources` makes what is not text. */
export const sourceFiles: Readonly<Record<string, string>> = {
  "photos.distill.json": experiment("photos", photos, trained),
  "cifar.distill.json": experiment("cifar", cifar, trained),
  "shards.distill.json": experiment("shards", parquet, trained),
  "stored.distill.json": experiment(
    "stored",
    photos,
    '{ "type": "outputs", "train": "said.npz", "test": "said.npz" }',
  ),
  "ensemble.distill.json": experiment(
    "ensemble",
    photos,
    `{ "type": "ensemble", "teachers": [\n    ${trained},\n    ${trainedDifferently}\n  ] }`,
  ),
  "generation.distill.json": experiment(
    "generation",
    photos,
    '{ "type": "experiment", "path": "photos.distill.json" }',
  ),
  "wrong-sources.distill.json": experiment(
    "wrong-sources",
    `"train": { "type": "images", "folder": "photos/trian", "size": [16, 16] },
    "validation": { "type": "cifar", "path": "photos" },
    "test": { "type": "parquet", "path": "shards/train-*.parquet", "image": "picture", "label": "kind" }`,
    trained,
  ),
  "wrong-teachers.distill.json": experiment(
    "wrong-teachers",
    cifar,
    `{ "type": "ensemble", "weights": [1, 2, 3], "teachers": [
    { "type": "outputs", "train": "said.npz" },
    { "type": "experiment", "path": "wrong-teachers.distill.json" }
  ] }`,
  ),
};

const kinds = ["cat", "dog", "fox"];
const names = ["photos", "cifar", "shards", "stored", "ensemble", "generation"];

export const sources: readonly Scene[] = [
  {
    name: "sources",
    before: async (vs) => {
      await makeSources(vs);
      await vs.openFile("photos.distill.json");
      await vs.openRunsView();
    },
    show: (vs) => vs.openFile("photos.distill.json"),
  },
  completed("complete-source", "photos.distill.json", '"images"'),
  completed("complete-folder", "photos.distill.json", '"photos/train'),
  hovered("hover-folder", "photos.distill.json", '"photos/train', "cat"),
  completed("complete-cifar", "cifar.distill.json", '"path"', 9),
  hovered("hover-cifar", "cifar.distill.json", '"path"', "200", 8),
  completed("complete-shards", "shards.distill.json", '"shards/train'),
  hovered("hover-shards", "shards.distill.json", '"shards/train', "3"),
  completed("complete-teacher", "stored.distill.json", '"outputs"'),
  completed("complete-stored", "stored.distill.json", '"said.npz"'),
  hovered("hover-stored", "stored.distill.json", '"said.npz"', "60"),
  completed("complete-experiment", "generation.distill.json", '"photos.distill.json"'),
  hovered("hover-experiment", "generation.distill.json", '"photos.distill.json"', "parameters"),
  hovered("hover-ensemble", "ensemble.distill.json", '"ensemble", "teachers"', "mean"),
  ...["wrong-sources", "wrong-teachers"].map(
    (name): Scene => ({
      name,
      show: async (vs) => {
        await vs.openFile(`${name}.distill.json`);
        await vs.problems();
      },
      leave: (vs) => vs.runCommand("workbench.action.closePanel", "View: Hide Panel"),
    }),
  ),
  ...names.map(
    (name): Scene => ({
      name: `run-${name}`,
      before: async (vs) => {
        await succeed(vs, ["run", `${name}.distill.json`]);
        await vs.openFile(`${name}.distill.json`);
        await vs.runCommand("distill.openCharts", "Distillery: Open Charts");
        await row(vs, new RegExp(`^${name}\\.distill`)).waitFor();
        await panel(vs).locator(".chart .readout .value").first().waitFor();
      },
    }),
  ),
];

/** The list of what can stand there, right of the beginning of a text by so many characters. */
function completed(name: string, file: string, text: string, by = 1): Scene {
  return {
    name,
    show: async (vs) => {
      await vs.press("Control+1");
      await vs.openFile(file);
      await vs.page.mouse.move(5, 5);
      const [line, column] = placeOf(sourceFiles[file] ?? "", text);
      await vs.goTo(line, column + by);
      await suggest(vs);
    },
    leave: dismiss,
  };
}

function hovered(name: string, file: string, text: string, wanted: string, by = 1): Scene {
  return {
    name,
    show: async (vs) => {
      await vs.press("Control+1");
      await vs.openFile(file);
      await vs.page.mouse.move(5, 5);
      const [line, column] = placeOf(sourceFiles[file] ?? "", text);
      await vs.hover(line, column + by, wanted);
    },
    leave: dismiss,
  };
}

/** Noisy images of three kinds, each brighter in one colour; the same in CIFAR's form; shards of Parquet; what a teacher said. */
async function makeSources(vs: VSCode): Promise<void> {
  const folder = vs.folders.workspace;
  let state = 1;
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 25;
  };
  const pixels = (kind: number, count: number) =>
    Array.from({ length: count * 3 }, (_, k) => noise() + (k % 3 === kind ? 100 : 0));
  for (const [part, each] of [
    ["train", 20],
    ["test", 6],
  ] as const)
    for (const [kind, kindName] of kinds.entries())
      for (let i = 0; i < each; i++) {
        const image = drawn(pixels(kind, 24 * 24), { height: 24, width: 24, channels: 3 });
        await write(folder, { [`photos/${part}/${kindName}/${i}.png`]: await image.png().toBuffer() });
      }
  const record = (_: unknown, i: number) => [i % 10, ...pixels(i % 3, 32 * 32)];
  const records = (length: number) => Uint8Array.from(Array.from({ length }, record).flat());
  await write(folder, {
    "cifar/data_batch_1.bin": records(200),
    "cifar/test_batch.bin": records(60),
    "cifar/batches.meta.txt": Array.from({ length: 10 }, (_, i) => `kind${i}`).join("\n"),
  });
  const fixtures = fileURLToPath(new URL("../fixtures/parquet/", import.meta.url));
  fs.mkdirSync(path.join(folder, "shards"));
  for (const name of fs.readdirSync(fixtures).filter((name) => name.startsWith("train-")))
    fs.copyFileSync(path.join(fixtures, name), path.join(folder, "shards", name));
  // A teacher says something once it is trained.
  await succeed(vs, ["run", "photos.distill.json", "--teacher-only"]);
  await succeed(vs, ["teacher", "photos.distill.json", "--out", "said.npz"]);
}
