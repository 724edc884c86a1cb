import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import manifest from "../../package.json" with { type: "json" };
import { mnistExperiment, mnistLinks } from "./mnist.ts";
import { packedExtension } from "./package.ts";
import { until } from "./until.ts";
import { VSCode } from "./vscode.ts";

/** Every command of the palette is pressed twice: in a folder whose experiment is wrong and has no run, and in one that has. */
const file = "mnist.distill.json";
const right = mnistExperiment({ temperature: 4, epochs: 1 });
const { commands, menus } = manifest.contributes;
const hidden = new Set(menus.commandPalette.map(({ command }) => command));
const offered = commands.filter(({ command }) => !hidden.has(command));
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

/** What the editor says of a command that no person can make anything of. */
const senseless = /not found|TypeError|ReferenceError|undefined|\[object |Cannot read/;

/** Presses every command that is offered, and goes away from whatever it asks. @returns their ids, and what was senseless */
async function pressAll(wanted: typeof offered): Promise<{
  readonly pressed: readonly string[];
  readonly said: readonly string[];
}> {
  const pressed: string[] = [];
  const said: string[] = [];
  for (const { command, title } of wanted) {
    await vs.openFile(file);
    if (!(await vs.offers(command, `Distillery: ${title}`))) continue;
    await vs.runCommand(command, `Distillery: ${title}`);
    pressed.push(command);
    await sleep(700);
    for (const text of await vs.toasts.allInnerTexts())
      if (senseless.test(text)) said.push(`${command}: ${text}`);
    for (let k = 0; k < 3; k++) await vs.press("Escape");
  }
  return { pressed, said };
}

/** Whether a command needs a run, and one that is not over, by what enables it. */
const needsRuns = ({ enablement = "" }: { enablement?: string }): boolean =>
  /hasRuns|hasRunning|hasResumable/.test(enablement);
const needsUnfinished = ({ enablement = "" }: { enablement?: string }): boolean =>
  /hasRunning|hasResumable/.test(enablement);

for (const time of ["once", "twice"])
  test(`pressed ${time} where the experiment is wrong, each command that needs no run is there and makes sense`, {
    timeout: 600_000,
  }, async () => {
    const { pressed, said } = await pressAll(offered);
    assert.deepEqual(said, []);
    assert.deepEqual(
      pressed,
      offered.filter((command) => !needsRuns(command)).map(({ command }) => command),
    );
    assert.deepEqual(runs(), [], "nothing was started");
  });

test("the mended experiment runs", { timeout: 600_000 }, async () => {
  fs.writeFileSync(path.join(vs.folders.workspace, file), right);
  await vs.openFile(file);
  await vs.goTo(right.slice(0, right.indexOf('"temperature"')).split("\n").length);
  await until("the mended text", async () =>
    (await vs.lines(file)).some((line) => line.includes('"temperature"')),
  );
  await vs.runCommand("distill.run", "Distillery: Run");
  await until("a run", () => runs().length === 1);
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
    const wanted = offered.filter((command) => !needsUnfinished(command));
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
