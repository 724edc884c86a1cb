import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { webgpuForTests } from "../../../../test/support/webgpu.ts";

const skip = (await webgpuForTests()) ? false : "there is no WebGPU device";
const folder = mkdtempSync(path.join(tmpdir(), "logged-errors-"));
after(() => rmSync(folder, { recursive: true }));

const source = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
// As ONNX Runtime 1.30 writes it.
const line =
  "2026-01-31 10:00:00.000000000 [E:onnxruntime:Default, webgpu_context.cc:203 operator()] WebGPU device error(2): [Invalid CommandBuffer] is invalid due to a previous error.\n";

/** What a process prints whose standard error is a log that has lines already. */
function printed(script: string): string {
  const file = path.join(folder, "trainer.log");
  writeFileSync(file, line);
  const log = openSync(file, "a");
  try {
    const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", log],
      encoding: "utf8",
    });
    assert.equal(status, 0);
    return stdout;
  } finally {
    closeSync(log);
  }
}

test("an error is found once, whatever else is logged", () => {
  const script = `
    import { writeSync } from "node:fs";
    import { LoggedErrors } from ${source("./loggedErrors.ts")};
    const errors = new LoggedErrors();
    console.log(errors.next());
    console.error("größer");
    console.log(errors.next());
    writeSync(2, "before\\n" + ${JSON.stringify(line)} + "after\\n");
    console.log(errors.next());
    console.log(errors.next());`;
  const error = "[Invalid CommandBuffer] is invalid due to a previous error.";
  assert.equal(printed(script), `undefined\nundefined\n${error}\nundefined\n`);
});

test("a step in which the device only logs an error is no step", { skip }, () => {
  const script = `
    import { writeSync } from "node:fs";
    const { loadWebgpu } = await import(${source("./executor.ts")});
    const x = { shape: [1], dtype: "float32" };
    const entry = { name: "step", inputs: { x }, run: (_, { x }) => ({ state: {}, outputs: { x } }) };
    const executor = await loadWebgpu({ state: {}, entries: [entry] }, {});
    const step = () => executor.run("step", { x: Float32Array.of(7) });
    console.log((await step()).x[0]);
    writeSync(2, ${JSON.stringify(line)});
    await step().catch(({ code, message }) => console.log(code, message));
    await executor.dispose();`;
  assert.match(printed(script), /^7\ndevice-failed .*failed in step: \[Invalid CommandBuffer\] is invalid/);
});
