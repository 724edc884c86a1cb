import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { CodeAction, CompletionItem, Hover } from "vscode-languageserver-protocol/node";
import { write } from "../support/dataFiles.ts";
import { plain } from "../support/imageFiles.ts";

import { startLanguageServer, temporaryFolder, uriOf } from "../support/languageServer.ts";

const text = `{
  "data": { "train": { "type": "images", "folder": "photos" }, "validation": { "split": 0.5 } },
  "student": { "preset": "mlp", "hidden": [4] },
  "losses": [{ "type": "ce" }]
}`;

test("a folder of images is completed, explained with a picture, checked, and looked at again when it changes", {
  timeout: 240_000,
}, async (t) => {
  const after = (clean: () => void) => t.after(clean);
  const photos = Object.fromEntries(
    await Promise.all(
      ["cat", "dog"].flatMap((name, label) =>
        [0, 1, 2, 3].map(
          async (i) => [`photos/${name}/${i}.png`, await plain([10 * i, 200 * label, 9])] as const,
        ),
      ),
    ),
  );
  const folder = await temporaryFolder(after);
  await write(folder, { ...photos, "table.csv": "" });
  const server = await startLanguageServer(after, { folders: [folder] });
  const uri = uriOf(join(folder, "a.distill.json"));
  await server.open(uri, text);
  const saying = async (code: string) =>
    (await server.diagnostics(uri, 1, (all) => all.some((one) => one.code === code))).find(
      (one) => one.code === code,
    );
  await saying("raw-bytes");

  const ask = <T>(method: string, at: string, more = {}): Promise<T> => {
    const line = text.split("\n").findIndex((row) => row.includes(at));
    const character = (text.split("\n")[line]?.indexOf(at) ?? 0) + at.length;
    return server.connection.sendRequest(`textDocument/${method}`, {
      textDocument: { uri },
      position: { line, character },
      ...more,
    });
  };
  const hover = JSON.stringify(await ask<Hover>("hover", '"photos'));
  assert.match(hover, /8 samples of \[4, 4, 3\], uint8 {2}\\n2 classes: cat, dog/);
  assert.equal(hover.match(/!\[\]\(data:image\/png;base64,iVBOR[\w+/=]+\)/g)?.length, 2, "one of each class");
  const keys = await ask<CompletionItem[]>("completion", '"folder": "photos"');
  assert.deepEqual(
    keys.map(({ label }) => label),
    ["size", "fit", "channels", "onBroken", "skip", "take", "takeSeed", "balanced"],
  );
  const paths = await ask<CompletionItem[]>("completion", '"folder": "');
  assert.deepEqual(
    paths.map(({ label }) => label),
    ["photos/"],
    "no file is a folder",
  );

  await write(folder, { "photos/dog/4.png": await plain([1, 2, 3], 2, 3), "photos/cat/4.png": "text" });
  const found = await saying("image-size");
  assert.match(
    String(found?.message),
    /dog\/4\.png \(2 × 3\).*cat\/4\.png \(this is not a PNG, JPEG or WebP image\)/,
  );
  const actions = await ask<CodeAction[]>("codeAction", "", {
    range: found?.range,
    context: { diagnostics: [found] },
  });
  assert.equal(actions[0]?.title, 'Add "size": [4, 4]');
  await rm(join(folder, "photos"), { recursive: true });
  assert.match(String((await saying("missing-file"))?.message), /No such folder/);
  await server.shutdown();
});

test("the folder that a table's paths start from is completed, checked, and looked at again when it comes", {
  timeout: 240_000,
}, async (t) => {
  const after = (clean: () => void) => t.after(clean);
  const folder = await temporaryFolder(after);
  const pictures = Object.fromEntries(
    await Promise.all([0, 1, 2, 3].map(async (i) => [`data/b/${i}.png`, await plain([50 * i])] as const)),
  );
  const rows = [0, 1, 2, 3].map((i) => `b/${i}.png,${i % 2}\n`).join("");
  await write(folder, { ...pictures, "tables/train.csv": `file,kind\n${rows}` });
  const server = await startLanguageServer(after, { folders: [folder] });
  const uri = uriOf(join(folder, "a.distill.json"));
  const source = `{ "type": "images", "table": "tables/train.csv", "path": "file", "root": "dta", "label": "kind" }`;
  const wrong = text.replace('{ "type": "images", "folder": "photos" }', source);
  await server.open(uri, wrong);
  const named = (code: string) => (all: readonly { code?: unknown }[]) =>
    all.some((one) => one.code === code);
  const [missing] = (await server.diagnostics(uri, 1, named("missing-file"))).filter(
    ({ code }) => code === "missing-file",
  );
  assert.match(String(missing?.message), /No such folder\. Did you mean "data"\?/);
  const actions = await server.connection.sendRequest<CodeAction[]>("textDocument/codeAction", {
    textDocument: { uri },
    range: missing?.range,
    context: { diagnostics: [missing] },
  });
  assert.deepEqual(
    actions.map(({ title }) => title).filter((title) => /data|folder/.test(title)),
    ['Change to "data"', "Choose a folder for dta…"],
  );

  const right = wrong.replace('"dta"', '"data"');
  await server.change(uri, 2, right);
  const found = await server.diagnostics(uri, 2, named("raw-bytes"));
  assert.ok(!named("missing-file")(found));
  const ask = <T>(method: string, at: string): Promise<T> => {
    const line = right.split("\n").findIndex((row) => row.includes(at));
    const character = (right.split("\n")[line]?.indexOf(at) ?? 0) + at.length;
    return server.connection.sendRequest(`textDocument/${method}`, {
      textDocument: { uri },
      position: { line, character },
    });
  };
  const hover = JSON.stringify(await ask<Hover>("hover", '"tables/tr'));
  assert.match(hover, /4 samples of \[4, 4, 1\], uint8 {2}\\n2 classes/);
  const paths = await ask<CompletionItem[]>("completion", '"root": "');
  assert.deepEqual(
    paths.map(({ label }) => label),
    ["data/", "tables/"],
  );
  await server.shutdown();
});
