import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { filesIn } from "../../test/support/dataFiles.ts";
import { examineModule } from "./examiner.ts";

const loss = `import { defineLoss, number } from "distillery";
console.log("loaded");
export default defineLoss({
  description: "A loss.",
  compares: "maps",
  parameters: { share: number("A share.", { minimum: 0, default: 1 }) },
  value: ({ tf, student, teacher }, { share }) => tf.mul(tf.mean(tf.squaredDifference(student, teacher)), share),
});
`;

test("a process of its own says what a module declares, or how it failed", async (t) => {
  const folder = await filesIn(t, {
    "whole.ts": loss,
    "loop.ts": "for (;;) {}",
    "exit.ts": "process.exit(3);",
    "import.ts": `${loss.replace("=> tf.mul", '=> { import("node:fs"); return tf.mul').replace("share),", "share); },")}`,
    "wait.ts": "await new Promise(() => {});",
    "write.ts": `(process as any).getBuiltinModule("node:fs").writeFileSync("written", "");`,
  });
  const examine = (name: string, seconds?: number) =>
    examineModule(join(folder, name), `./${name}`, seconds === undefined ? {} : { seconds });
  const whole = await examine("whole.ts");
  assert.ok("kind" in whole, JSON.stringify(whole));
  assert.equal(whole.problem, undefined);
  assert.deepEqual(Object.keys(whole.schema.properties ?? {}), [
    "type",
    "student",
    "teacher",
    "share",
    "weight",
    "name",
  ]);
  assert.equal(whole.schema.properties?.["type"]?.const, "./whole.ts");
  assert.equal(whole.schema.seesLayers, true);

  const said = async (name: string, seconds?: number) => (await examine(name, seconds)).problem?.message;
  assert.match((await said("loop.ts", 3)) ?? "", /^loop\.ts: it was not done after 3 seconds\.$/);
  assert.match((await said("exit.ts")) ?? "", /^exit\.ts:1:9: `process\.exit` depends on where it runs/);
  assert.match((await said("import.ts")) ?? "", /^import\.ts:7: "node:fs" cannot be imported/);
  assert.match((await said("wait.ts")) ?? "", /^wait\.ts: it waits for something that never happens\.$/);
  assert.match((await said("write.ts")) ?? "", /^write\.ts:1:\d+: `process\.getBuiltinModule` /);
  assert.ok(!existsSync(join(folder, "written")));
});
