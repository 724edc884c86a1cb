import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { holderRecord } from "./holder.ts";

const lockModule = new URL("./lock.ts", import.meta.url).href;

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "lock-"));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

test("of many that take a dead trainer's lock over at once, exactly one gets it", async (context) => {
  for (let round = 0; round < 5; round++) {
    const run = await folder(context);
    await writeFile(
      join(run, "lock"),
      JSON.stringify({ ...holderRecord(process.pid, run), startTime: "boot:1" }),
    );
    const contenders = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ["--input-type=module", "-e", holding(run)], {
        stdio: ["pipe", "pipe", "ignore"],
      }),
    );
    const answers = await Promise.all(
      contenders.map(async ({ stdout }) => String((await once(stdout, "data"))[0]).trim()),
    );
    assert.deepEqual(answers.filter((answer) => answer === "held").length, 1, answers.join(" "));
    const winner = contenders[answers.indexOf("held")];
    assert.equal(JSON.parse(await readFile(join(run, "lock"), "utf8")).pid, winner?.pid);
    for (const { stdin } of contenders) stdin?.end();
    await Promise.all(contenders.map((child) => child.exitCode ?? once(child, "exit")));
  }
});

/** Says `held` or the error's code, then stays until its input ends. */
function holding(run: string): string {
  return `
    import { acquireLock } from ${JSON.stringify(lockModule)};
    let answer = "held";
    try { acquireLock(${JSON.stringify(run)}); } catch (error) { answer = error.code; }
    console.log(answer);
    process.stdin.resume().on("end", () => process.exit(0));
  `;
}
