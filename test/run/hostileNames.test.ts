import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { distill, scene } from "./support.ts";

/** Clears the screen, sets the title, a C1 sequence, an override of direction, and a line of its own. */
const hostile = "\u001b[2J\u001b]0;title\u0007\u009b31m\u202e\nerror: all is lost\r.";

/** What moves a cursor or turns what is read; a line feed ends a line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const acting = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

function assertQuiet(
  { stdout, stderr }: { readonly stdout: string; readonly stderr: string },
  what: string,
): void {
  for (const text of [stdout, stderr]) {
    assert.doesNotMatch(text, acting, what);
    assert.doesNotMatch(text, /^error: all is lost/m, `${what}: a name has made a line of its own`);
  }
}

test("names from files act on no terminal, whichever command shows them", {
  timeout: 600_000,
}, async (context) => {
  const quoted = `"${hostile}"`;
  const rows = (count: number, shift: number) =>
    Array.from(
      { length: count },
      (_, i) => `${i % 7},${i + shift},"${i % 2 === 0 ? "no" : `yes${hostile}`}"`,
    );
  const it = await scene(context);
  const table = (count: number, shift: number) =>
    [`${quoted},b,${quoted.replace("title", "label")}`, ...rows(count, shift)].join("\n");
  await writeFile(join(it.folder, `train${hostile}.csv`), table(80, 0));
  await writeFile(join(it.folder, "test.csv"), table(30, 1000));
  const source = (path: string) => ({ type: "csv", path, label: hostile.replace("title", "label") });
  const experiment = {
    name: `name ${hostile}`,
    data: {
      train: source(`train${hostile}.csv`),
      validation: { split: 0.2 },
      test: source("test.csv"),
      batchSize: 16,
    },
    student: {
      layers: [
        { type: "dense", units: 4, name: "hidden" },
        { type: "dense", units: 2 },
      ],
    },
    losses: [{ type: "ce" }],
    training: { steps: 5 },
    threads: 1,
  };
  const file = join(it.folder, `file${hostile}.distill.json`);
  await writeFile(file, JSON.stringify(experiment));
  const inside = { cwd: it.folder };
  const quiet = async (args: readonly string[], code = 0) => {
    const outcome = await distill([...args], inside);
    assert.equal(outcome.code, code, `${args.join(" ")}: ${outcome.stdout}${outcome.stderr}`);
    assertQuiet(outcome, args[0] ?? "");
    return outcome;
  };
  await quiet(["check", file]);
  await quiet(["run", file]);
  await quiet(["run", file, "--json", "--set", "seed=4"]);
  await quiet(["list"]);
  const { stdout } = await quiet(["list", "--json"]);
  assert.match(JSON.stringify(JSON.parse(stdout)), /u001b\[2J/);
  await quiet(["show", "latest"]);
  await quiet(["show", "latest", "--json"]);
  await quiet([
    "compare",
    ...(JSON.parse(stdout) as { directory: string }[]).map(({ directory }) => directory),
  ]);
  await quiet(["evaluate", "latest"]);
  await quiet(["export", "latest", "--format", "onnx", "--out", join(it.folder, `out${hostile}.onnx`)]);

  const wrong = join(it.folder, "wrong.distill.json");
  await writeFile(
    wrong,
    JSON.stringify({
      ...experiment,
      [`key${hostile}`]: 1,
      losses: [{ type: "ce", name: `loss${hostile}` }],
      data: {
        ...experiment.data,
        train: { ...source(`missing${hostile}.csv`) },
        test: { ...source("test.csv"), label: `x${hostile}` },
      },
      student: {
        layers: [{ type: `type${hostile}` }, { type: "dense", units: 2, inputs: `nowhere${hostile}` }],
      },
    }),
  );
  await quiet(["check", wrong], 2);
  await quiet(["run", wrong], 2);
  await quiet(["check", `missing${hostile}`], 2);
  await quiet(["show", `missing${hostile}`], 1);
  await quiet([`unknown${hostile}`], 1);
  await quiet(["run", file, `--unknown${hostile}`], 1);
});
