import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { mnistLinks, placeOf } from "./mnist.ts";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/** A person writes an experiment by completion alone, and mends another one by quick fixes alone. */
const empty = "empty.distill.json";
const wrong = "wrong.distill.json";
const wrongText = `{
  "data": {
    "train": { "type": "idx", "images": "data/train-images-idx3-ubyte", "labels": "data/train-labels-idx1-ubyte" },
    "validation": { "split": 0.1 },
    "normalize": { "scale": 0.00392156862745098 },
    "batchsize": 64
  },
  "teacher": {
    "type": "layers",
    "layers": [{ "type": "flatten" }, { "type": "dense", "units": 10 }],
    "train": { "epochs": 1 }
  },
  "student": {
    "layers": [
      { "type": "flatten" },
      { "type": "dense", "units": 10, "activation": "softmax" }
    ]
  },
  "losses": [{ "type": "kd", "temperature": 4 }],
  "optimizer": { "type": "adamv" }
}
`;
/** Where the mistakes are, what the Problems panel says of them, and what stands there once they are fixed. */
const mistakes = [
  { at: '"batchsize"', says: "batchSize", fix: "batchSize", fixed: '"batchSize": 64' },
  { at: '"adamv"', says: "adamw", fix: "adamw", fixed: '"type": "adamw"' },
  { at: '"softmax"', says: "softmax", fix: "linear", fixed: '"activation": "linear"' },
] as const;

let vs: VSCode;
before(async () => {
  vs = await VSCode.start({
    vsix: packedExtension(),
    files: { [empty]: "", [wrong]: wrongText },
    links: mnistLinks,
  });
});
after(async () => {
  await vs.close();
});

const shot = (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`));
const text = async (name: string) => (await vs.lines(name)).join("\n");

test("an empty file becomes a runnable experiment by completion alone", async () => {
  await vs.openFile(empty);
  await vs.accept("Train a teacher, then distil it");
  await until("the starting point", async () => (await text(empty)).includes('"teacher"'));
  await vs.press("Escape"); // leaves the snippet's stops
  await shot("starting-point");
});

test("a key and its variant are completed with what fits there", async () => {
  const lines = await vs.lines(empty);
  const last = lines.lastIndexOf("}");
  await vs.goTo(last, 1);
  await vs.press("End");
  const before = lines[last - 1] ?? "";
  await vs.type(before.trimEnd().endsWith(",") ? "\n  " : ",\n  ");
  await vs.accept("schedule");
  await until("the schedule", async () => (await text(empty)).includes('"schedule": { "type": "cosine"'));
  await vs.press("Escape");
  await vs.press("Control+S");
  await vs.page.locator(".tab.dirty").waitFor({ state: "detached" });
  assert.match(fs.readFileSync(path.join(vs.folders.workspace, empty), "utf8"), /"schedule"/);
});

test("what completion wrote has no mistakes, and can be checked from the palette", async () => {
  await vs.runCommand("distill.check", "Distillery: Check");
  await vs.page.locator(".statusbar").getByText("No problems").waitFor();
  assert.deepEqual(await vs.problemRows(), []);
});

test("three mistakes are seen, each in its place", async () => {
  await vs.openFile(wrong);
  const rows = await until("three problems", async () => {
    const all = await vs.problems();
    return mistakes.every(({ says }) => all.some((row) => row.includes(says))) ? all : undefined;
  });
  for (const { at, says } of mistakes) {
    const [line] = placeOf(wrongText, at);
    assert.ok(
      rows.some((row) => row.includes(says) && row.includes(`at line ${line} `)),
      `${says} at line ${line}: ${rows.join("\n")}`,
    );
  }
  await shot("problems");
});

for (const { at, fix: title, fixed } of mistakes) {
  test(`the quick fix of ${at} mends it`, async () => {
    await vs.openFile(wrong);
    const [line, column] = placeOf(wrongText, at);
    const fix = vs.page.locator(".action-widget .monaco-list-row").filter({ hasText: title }).first();
    await until("the quick fix", async () => {
      if (await fix.isVisible()) return true;
      await vs.goTo(line, column + 2);
      await vs.press("Control+.");
      await fix.waitFor({ timeout: 5_000 });
      return true;
    });
    if (at === '"batchsize"') await shot("quick-fix");
    await fix.click();
    await until(
      "the mended text",
      async () => (await text(wrong)).includes(fixed) && !(await text(wrong)).includes(at),
    );
  });
}

test("no squiggle is left of what was mended", async () => {
  await until("no problem", async () => {
    const rows = await vs.problems();
    return !rows.some((row) => mistakes.some(({ says }) => row.includes(says)));
  });
  await shot("mended");
});

test("a hover leads to the page that explains more, as it is read", async () => {
  const link = vs.hoverBox.getByRole("link", { name: "Read more" });
  await until("a click on the hover's link", async () => {
    await vs.hover(...placeOf(wrongText, '"temperature"'), "Read more");
    // VS Code may close a hover meanwhile: it is asked for again.
    await link.click({ timeout: 5_000 });
    return true;
  });
  const page = vs.webview("vscode.markdown-language-features");
  await page.getByRole("heading", { name: "Temperature", exact: true }).waitFor();
  await shot("guide");
});

test("the extension activated and logged no error", async (t) => {
  // Said and not asserted: how long it takes depends on what else the machine does.
  t.diagnostic(`activation ${await vs.activationTime("Distillery")} ms`);
  assert.deepEqual(
    vs.hostErrors().filter((entry) => entry.includes(extensionId)),
    [],
  );
});
