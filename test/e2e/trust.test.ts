import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { mnistExperiment, mnistLinks } from "./mnist.ts";
import { packedExtension, screenshots } from "./package.ts";
import { VSCode } from "./vscode.ts";

/** In a workspace that nobody has said to trust, writing works and running asks. */
const file = "mnist.distill.json";
let vs: VSCode;
before(async () => {
  vs = await VSCode.start({
    vsix: packedExtension(),
    files: { [file]: mnistExperiment({ temperature: 4, epochs: 1 }) },
    links: mnistLinks,
    trusted: false,
    settings: {
      "security.workspace.trust.startupPrompt": "never",
      "security.workspace.trust.banner": "never",
    },
  });
  await vs.openFile(file);
});
after(async () => {
  await vs.close();
});

test("the language server helps to write", async () => {
  await vs.goTo(2, 3);
  await vs.hover(2, 5, "name");
  await vs.press("Escape");
});

test("Run asks for trust and starts nothing", async () => {
  await (await vs.waitForCodeLens("Run")).click();
  await vs.toasts
    .filter({ hasText: "not trusted" })
    .getByRole("button", { name: "Manage Workspace Trust" })
    .waitFor();
  await vs.screenshot(path.join(screenshots, "untrusted.png"));
  assert.equal(fs.existsSync(path.join(vs.folders.workspace, ".distill")), false);
});

test("a new experiment says that nothing in the folder is read before, and leads to what is asked of a person", async () => {
  await vs.runCommand("distill.newExperiment", "Distillery: New Experiment");
  const row = vs.page
    .locator(".quick-input-list .monaco-list-row")
    .filter({ hasText: "Manage workspace trust" });
  await row.filter({ hasText: "nothing in it is read" }).click();
  await vs.page.locator(".workspace-trust-editor").waitFor();
});
