import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { type Offered, offered, pressAll as press } from "./everyCommand.ts";
import { mnistExperiment, mnistLinks } from "./mnist.ts";
import { packedExtension } from "./package.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/** Every command of the palette is pressed twice: in a folder whose experiment is wrong and has no run, and in one that has. */
const file = "mnist.distill.json";
const right = mnistExperiment({ temperature: 4, epochs: 1 });
let vs: VSCode;

before(async () => {
  vs = await VSCode.start({
    vsix: packedExtension(),
    files: { [file]: right.replace('"temperature"', '"temperatur"') },
    links: mnistLinks,
  });
  await vs.openFile(file);
  await vs.waitForCodeLens("Run");
});
after(async () => {
  await vs.close();
});

const runs = (): string[] => {
  const folder = path.join(vs.folders.workspace, ".distill", "runs");
  return fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => !name.startsWith(".")) : [];
};

const pressAll = (wanted: readonly Offered[]) => press(vs, wanted, { begin: () => vs.openFile(file) });

/** Whether a command needs a run, and one that is not over, by what enables it. */
const needsRuns = ({ enablement = "" }: { enablement?: string }): boolean =>
  /hasRuns|hasRunning|hasResumable/.test(enablement);
const needsUnfinished = ({ enablement = "" }: { enablement?: string }): boolean =>
  /hasRunning|hasResumable/.test(enablement);

/** Try It Now runs an experiment of its own: tryIt.test.ts presses it. */
const startsNothing = offered.filter(({ command }) => command !== "distill.tryIt");

for (const time of ["once", "twice"])
  test(`pressed ${time} where the experiment is wrong, each command that needs no run is there and makes sense`, {
    timeout: 600_000,
  }, async () => {
    const { pressed, said } = await pressAll(startsNothing);
    assert.deepEqual(said, []);
    assert.deepEqual(
      pressed,
      startsNothing.filter((command) => !needsRuns(command)).map(({ command }) => command),
    );
    assert.deepEqual(runs(), [], "nothing was started");
  });

test("Run after a refused Run starts a run while the refusal is still shown", {
  timeout: 600_000,
}, async () => {
  await vs.openFile(file);
  await vs.pressLens("Run");
  const refusal = vs.toasts.filter({ hasText: "temperatur" }).first();
  await refusal.waitFor();
  fs.writeFileSync(path.join(vs.folders.workspace, file), right); // The editor reloads an unchanged document.
  await vs.goTo(right.slice(0, right.indexOf('"temperature"')).split("\n").length);
  await until("the corrected text", async () =>
    (await vs.lines(file)).some((line) => line.includes('"temperature"')),
  );
  await vs.goTo(1);
  await vs.pressLens("Run");
  await until("a run", () => runs().length === 1);
  assert.ok(await refusal.isVisible(), "nobody has closed the notification");
  await until("its end", () =>
    fs
      .readFileSync(
        path.join(vs.folders.workspace, ".distill", "runs", String(runs()[0]), "events.jsonl"),
        "utf8",
      )
      .includes('"type":"completed"'),
  );
});

for (const time of ["once", "twice"])
  test(`pressed ${time} where there is a run, each command is there and makes sense`, {
    timeout: 600_000,
  }, async () => {
    const before = runs();
    // Those for runs that go on come and go with the one that Run starts.
    const wanted = startsNothing.filter((command) => !needsUnfinished(command));
    const { pressed, said } = await pressAll(wanted);
    assert.deepEqual(said, []);
    assert.deepEqual(
      pressed,
      wanted.map(({ command }) => command),
    );
    assert.ok(
      before.every((run) => runs().includes(run)),
      "a question that is left deletes nothing",
    );
    assert.ok(runs().length > before.length, "Run has started one more");
  });
