import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/** A person with a table, a few arrays and a network, who has never seen an experiment. */
const reviews = Array.from(
  { length: 120 },
  (_, row) =>
    `${row % 2 ? "good" : "bad"} ${["film", "plot", "end"][row % 3]} number ${row} of all,${row % 2 ? "pos" : "neg"}`,
);
const digits = fileURLToPath(new URL("../fixtures/guides/pytorch-to-browser/", import.meta.url));
let vs: VSCode;

before(async () => {
  vs = await VSCode.start({
    vsix: packedExtension(),
    files: { "reviews.csv": `review,sentiment\n${reviews.join("\n")}\n` },
    links: Object.fromEntries(
      ["teacher.onnx", "train-x.npy", "train-y.npy", "test-x.npy", "test-y.npy"].map((name) => [
        `digits/${name}`,
        path.join(digits, name),
      ]),
    ),
  });
});
after(async () => {
  await vs.close();
});

const shot = (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`));
const inFolder = (name: string) => path.join(vs.folders.workspace, name);
const rows = () => vs.page.locator(".quick-input-list .monaco-list-row");

async function newExperiment(label: string, name: string): Promise<void> {
  await vs.runCommand("distill.newExperiment", "Distillery: New Experiment");
  await rows().filter({ hasText: "Try it now" }).first().waitFor();
  if (name === "reviews") await shot("new-experiment-files");
  await vs.pick(label);
  await until("a name", async () => (await vs.quickInput.inputValue()) === `${name}.distill.json`);
  await vs.press("Enter");
  await until("the file", () => fs.existsSync(inFolder(`${name}.distill.json`)));
  await vs.page.locator(`.tab[data-resource-name="${name}.distill.json"]`).waitFor();
}

/** Opens the quick fixes at the cursor's place and takes one. */
async function fix(
  place: readonly [line: number, column: number],
  title: string,
  picture?: string,
): Promise<void> {
  const row = vs.page.locator(".action-widget .monaco-list-row").filter({ hasText: title }).first();
  await until(`the quick fix ${title}`, async () => {
    await vs.goTo(...place);
    await vs.press("Control+.");
    await row.waitFor({ timeout: 5_000 });
    return true;
  });
  if (picture !== undefined) await shot(picture);
  await row.click();
}

const runsOf = (folder: string): string[] => {
  const runs = path.join(folder, ".distill", "runs");
  return fs.existsSync(runs) ? fs.readdirSync(runs).filter((name) => !name.startsWith(".")) : [];
};

test("texts that lie in the folder are offered, and their experiment runs as it is", async () => {
  await newExperiment("Distil on reviews.csv", "reviews");
  await until("the tokenizer", () => fs.existsSync(inFolder("tokenizer.json")));
  await until("no problem", async () => (await vs.problems()).every((row) => !row.includes("not")));
  await shot("reviews-experiment");
  await vs.pressLens("Run");
  await until("a run", () => runsOf(vs.folders.workspace).length === 1);
  await vs.runCommand("distill.stop", "Distillery: Stop");
});

test("a network beside its samples is offered as their teacher", async () => {
  await newExperiment("Distil digits/teacher.onnx on digits/train-x.npy", "digits");
  const text = fs.readFileSync(inFolder("digits.distill.json"), "utf8");
  assert.match(text, /"teacher": \{ "type": "onnx", "path": "digits\/teacher\.onnx" \}/);
});

test("a starting point without its files says so on its first line, and makes sample data", async () => {
  await newExperiment("Distil on a table", "experiment");
  await until("the problem", async () =>
    (await vs.problems()).some((row) => row.includes("not there yet: data/train.csv, data/test.csv")),
  );
  await fix([1, 1], "Create sample data", "files-missing");
  await until("the data", () => fs.existsSync(inFolder("data/test.csv")));
  await until("no problem", async () => !(await vs.problems()).some((row) => row.includes("data/")));
});

test("a missing teacher's path leads to a file, to a guide, or to a teacher that is trained", async () => {
  await newExperiment("Distil an ONNX teacher", "experiment-2");
  const text = () => fs.readFileSync(inFolder("experiment-2.distill.json"), "utf8").split("\n");
  const line = text().findIndex((one) => one.includes('"teacher.onnx"')) + 1;
  const place = [line, (text()[line - 1] ?? "").indexOf("teacher.onnx") + 2] as const;
  await fix(place, "How to export a teacher", "missing-teacher");
  await vs.page.locator(".tab", { hasText: "pytorch-to-browser.md" }).waitFor();
  await shot("teacher-guide");
  await vs.openFile("experiment-2.distill.json");
  await fix(place, "Choose a file for teacher.onnx…");
  await until("the dialog", () => vs.quickInput.isVisible());
  await until(
    "the chosen file",
    async () => {
      if ((await vs.lines("experiment-2.distill.json")).some((one) => one.includes('"digits/teacher.onnx"')))
        return true;
      const wanted = inFolder("digits/teacher.onnx");
      if ((await vs.quickInput.inputValue({ timeout: 1_000 })) === wanted)
        await vs.page.getByRole("button", { name: "Use This File" }).click({ timeout: 1_000 });
      else await vs.quickInput.fill(wanted, { timeout: 1_000 });
      return false;
    },
    { every: 500 },
  );
  assert.deepEqual(
    vs.hostErrors().filter((entry) => entry.includes(extensionId)),
    [],
  );
});
