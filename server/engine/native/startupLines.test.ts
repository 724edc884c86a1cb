import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { targetForTests } from "../../../test/support/tensorflow.ts";

const folder = mkdtempSync(path.join(tmpdir(), "startup-lines-"));
after(() => rmSync(folder, { recursive: true }));

const source = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
const noise = [
  "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
  "I0000 00:00:1795601873.736551   32239 port.cc:153] oneDNN custom operations are on. You may see slightly different numerical results due to floating-point round-off errors from different computation orders. To turn them off, set the environment variable `TF_ENABLE_ONEDNN_OPTS=0`.",
];

/** What is in a log after a process has written to it. */
function logOf(script: string, flags = "a"): string {
  const file = path.join(folder, "trainer.log");
  writeFileSync(file, "earlier\n");
  const log = openSync(file, flags);
  try {
    const { status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "ignore", log],
    });
    assert.equal(status, 0);
  } finally {
    closeSync(log);
  }
  return readFileSync(file, "utf8");
}

const speaking = (lines: readonly string[]) => `
  import { writeSync } from "node:fs";
  import { withoutStartupLines } from ${source("./startupLines.ts")};
  writeSync(2, "before\\n");
  withoutStartupLines(() => { for (const line of ${JSON.stringify(lines)}) writeSync(2, line + "\\n"); });
  console.error("after");`;

test("the usual words are taken back, all others stay, in their order", () => {
  assert.equal(logOf(speaking(noise)), "earlier\nbefore\nafter\n");
  const [warning = "", oneDnn = ""] = noise;
  const mixed = ["W: a library is old", warning, "größer: é", oneDnn, "E: bad"];
  assert.equal(logOf(speaking(mixed)), "earlier\nbefore\nW: a library is old\ngrößer: é\nE: bad\nafter\n");
});

test("a file that is not only appended to is left as it is", () => {
  assert.ok(logOf(speaking(noise), "r+").includes("oneDNN custom operations are on"));
});

test("a process that loads TensorFlow leaves nothing in its log", async (t) => {
  const target = await targetForTests();
  if (!target) return t.skip("there is no TensorFlow");
  const script = `
    import { loadBinding } from ${source("./tensorflow/binding.ts")};
    const { TF_Version } = loadBinding(${JSON.stringify(target.engine.addon)}, { threads: 1, device: "cpu" });
    console.error("loaded " + TF_Version);`;
  assert.match(logOf(script), /^earlier\nloaded [\d.]+\n$/);
});
