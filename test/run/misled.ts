import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { distill, onlyRun, type Scene, type SceneOptions, scene } from "./support.ts";

/** An experiment whose teacher comes from a file and has learned other labels than those that are there: it is at chance. */
export async function misled(context: TestContext, options: SceneOptions = {}): Promise<Scene> {
  const other = await scene(context);
  const trained = await distill(["run", other.file]);
  const teacher = { type: "tfjs", path: "teacher/model.json" };
  const it = await scene(context, { ...options, with: { ...options.with, teacher } });
  const out = join(it.folder, "teacher");
  const exported = await distill(["export", await onlyRun(other), "--format", "tfjs", "--out", out]);
  if (trained.code !== 0 || exported.code !== 0) throw new Error(trained.stderr + exported.stderr);
  for (const name of ["train.csv", "test.csv"]) {
    const path = join(it.folder, name);
    const text = await readFile(path, "utf8");
    await writeFile(
      path,
      text.replace(/[02]$/gm, (label) => String(2 - Number(label))),
    );
  }
  return it;
}
