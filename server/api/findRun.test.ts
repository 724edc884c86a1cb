import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { findRun, runsDirectories } from "./findRun.ts";

/** A folder with runs at two places; the working directory is moved there, as every name is looked up from it. */
async function project(context: TestContext): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "find-"));
  const before = process.cwd();
  process.chdir(root);
  context.after(async () => {
    process.chdir(before);
    await rm(root, { recursive: true, force: true });
  });
  for (const run of [
    ".distill/runs/20250101-100000.000-mnist-aaa",
    ".distill/runs/20250101-110000.000-mnist-bbb",
    "examples/iris/.distill/runs/20250102-090000.000-iris-ccc",
    "node_modules/x/.distill/runs/20250103-090000.000-x-ddd",
  ]) {
    await mkdir(join(root, run), { recursive: true });
    await writeFile(join(root, run, "job.json"), "{}");
  }
  await mkdir(join(root, ".distill/runs/20990101-no-run"));
  return root;
}

test("runs are looked for here, above and below, but not in packages", async (context) => {
  const root = await project(context);
  assert.deepEqual(await runsDirectories(undefined, root), [
    join(root, ".distill/runs"),
    join(root, "examples/iris/.distill/runs"),
  ]);
  assert.deepEqual(await runsDirectories(undefined, join(root, "examples/iris")), [
    join(root, "examples/iris/.distill/runs"),
    join(root, ".distill/runs"),
  ]);
  assert.deepEqual(await runsDirectories("examples"), [join(root, "examples")]);
});

test("a run is meant by its id, the beginning of it, its path, or as the latest", async (context) => {
  const root = await project(context);
  const mnist = join(root, ".distill/runs/20250101-110000.000-mnist-bbb");
  assert.equal(await findRun("20250101-110000.000-mnist-bbb"), mnist);
  assert.equal(await findRun("20250101-11"), mnist);
  assert.equal(
    await findRun("latest"),
    join(root, "examples/iris/.distill/runs/20250102-090000.000-iris-ccc"),
  );
  assert.equal(await findRun("./.distill/runs/20250101-110000.000-mnist-bbb"), mnist);
  assert.equal(await findRun("latest", ".distill/runs"), mnist);
});

test("what is not there, or not one, is said with what there is", async (context) => {
  await project(context);
  await assert.rejects(findRun("2024"), {
    code: "missing",
    message: "No run here has an id that begins with 2024.",
  });
  for (const meant of ["MNIST", "mnits"])
    await assert.rejects(findRun(meant), {
      code: "missing",
      hint: /^The newest run of mnist is 20250101-110000.000-mnist-bbb;/,
    });
  await assert.rejects(findRun("ghost"), { hint: "`distill list` shows the runs." });
  await assert.rejects(findRun("20250101"), {
    code: "ambiguous",
    message: /20250101-100000.000-mnist-aaa, 20250101-110000.000-mnist-bbb/,
  });
  await assert.rejects(findRun("latest", "examples"), {
    code: "missing",
    message: "There are no runs here.",
  });
  await assert.rejects(findRun("latest", "nowhere"), {
    code: "missing",
    message: `Could not read ${join(process.cwd(), "nowhere")}: it does not exist.`,
  });
});

test("what fits a sweep and its runs means the sweep; each run has its own name all the same", async (context) => {
  const root = await project(context);
  const sweep = join(root, ".distill/runs/20250103-120000.000-mnist-557");
  for (const path of [sweep, `${sweep}-01`, `${sweep}-02`]) {
    await mkdir(path);
    await writeFile(join(path, "job.json"), "{}");
  }
  assert.equal(await findRun("20250103"), sweep);
  assert.equal(await findRun("latest"), sweep);
  assert.equal(await findRun("20250103-120000.000-mnist-557-02"), `${sweep}-02`);
});
