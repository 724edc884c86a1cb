import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { endless, mnistExperiment, mnistLinks } from "./mnist.ts";
import { packedExtension } from "./package.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/** What is pressed after it was refused does what it says, whatever notification still stands there. */
const file = "mnist.distill.json";
const right = mnistExperiment({ temperature: 4, epochs: endless });
let vs: VSCode;

before(async () => {
  vs = await VSCode.start({
    vsix: packedExtension(),
    files: { [file]: right.replace('"temperature"', '"temperatur"') },
    links: mnistLinks,
  });
  await vs.openFile(file);
});
after(async () => {
  await vs.close();
});

const runs = () => {
  const folder = path.join(vs.folders.workspace, ".distill", "runs");
  return fs.existsSync(folder) ? fs.readdirSync(folder).length : 0;
};

test("Run after a refused Run starts a run while the refusal still stands there", async () => {
  await (await vs.waitForCodeLens("Run")).click();
  const refusal = vs.toasts.filter({ hasText: "temperatur" });
  await refusal.waitFor();
  fs.writeFileSync(path.join(vs.folders.workspace, file), right); // The editor reads what is not changed in it.
  await until("the mended text", async () =>
    (await vs.lines(file)).some((line) => line.includes('"temperature"')),
  );
  await vs.codeLens("Run").click();
  await until("a run", () => runs() === 1);
  assert.ok(await refusal.isVisible(), "nobody has closed the notification");
});
