import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import manifest from "../package.json" with { type: "json" };
import { command } from "../server/protocol.ts";

const { contributes } = manifest;
const commands = new Set(contributes.commands.map((contributed) => contributed.command));
const root = new URL("../", import.meta.url);
const sources = readdirSync(fileURLToPath(new URL("extension/", root)), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => readFileSync(new URL(`extension/${name}`, root), "utf8"))
  .join("\n");

test("every command has a category, a title and code that runs it", () => {
  for (const { command: id, category, title } of contributes.commands) {
    assert.equal(category, "Distillery", id);
    assert.ok(title.length > 0, id);
    const name = id.replace(/^distill\./, "");
    assert.match(sources, new RegExp(`\\b(async )?${name}(\\(|: |,)`), `${id} is registered nowhere`);
  }
});

test("the palette lists Run first where only the category is typed", () => {
  // The palette sorts unused commands by title, and a blank sorts before every letter.
  const titles = contributes.commands.map(({ category, title }) => `${category}: ${title}`);
  const [first] = titles.sort((a, b) => a.localeCompare(b));
  assert.equal(first?.replace(/ +/, " "), "Distillery: Run");
});

test("a search finds nothing in runs", () => {
  assert.equal(contributes.configurationDefaults["search.exclude"]["**/.distill"], true);
});

test("menus, keys, welcome views, the walkthrough and the server name commands that exist", () => {
  const text = JSON.stringify([
    contributes.menus,
    contributes.keybindings,
    contributes.viewsWelcome,
    contributes.walkthroughs,
  ]);
  const named = [...text.matchAll(/(?:"command":"|command:|onCommand:)(distill\.\w+)/g)].map(
    ([, id]) => id ?? "",
  );
  assert.ok(named.length > 20);
  for (const id of [...named, ...Object.values(command)]) assert.ok(commands.has(id), id);
});

test("welcome views hold no Markdown beyond links, which alone a view draws", () => {
  for (const { contents } of contributes.viewsWelcome) assert.doesNotMatch(contents, /`|\*\*/);
});

test("a welcome view that says what there is not waits until that is known", () => {
  const inFolder = contributes.viewsWelcome.filter(({ when }) => when.startsWith("workspaceFolderCount > 0"));
  const waiting = inFolder.filter(({ when }) => / && !distill\.runsKnown$/.test(when));
  assert.deepEqual(
    waiting.map(({ contents }) => contents),
    ["Looking for runs…"],
  );
  for (const { when, contents } of inFolder)
    if (!waiting.some((view) => view.when === when))
      assert.match(when, / && distill\.runsKnown && /, contents);
});

test("every setting is described and has a default", () => {
  for (const { properties } of contributes.configuration) {
    for (const [name, setting] of Object.entries(properties)) {
      assert.match(name, /^distill\./);
      assert.ok("description" in setting || "markdownDescription" in setting, name);
      assert.ok("default" in setting, name);
    }
  }
});

test("every file that the manifest names is there", () => {
  const named = [...JSON.stringify(manifest).matchAll(/"(?:\.\/)?(media\/[^"]+)"/g)].map(
    ([, file]) => file ?? "",
  );
  assert.ok(named.length > 8);
  for (const file of named) assert.ok(existsSync(new URL(file, root)), file);
});

test("activation is by what a person opens, never at every start", () => {
  assert.ok(
    manifest.activationEvents.every((event) => /^(onLanguage|workspaceContains|onWebviewPanel):/.test(event)),
  );
});
