import fs from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { distill, endless, scene } from "../run/support.ts";
import { file, startWithClusters } from "./clusters.ts";
import { until } from "./until.ts";

/** One experiment has a student; another one, which is open, trains. */
const other = "done.distill.json";
let it: Awaited<ReturnType<typeof startWithClusters>>;

before(async () => {
  it = await startWithClusters();
});
after(() => it.vs.close());

test("where the file that is open trains, the student of another one is not exported without a question", async (context) => {
  const { vs } = it;
  const folder = vs.folders.workspace;
  const done = await scene(context, { folder, with: { name: "done" } });
  fs.renameSync(done.file, path.join(folder, other));
  const { code, stderr } = await distill(["run", other], { cwd: folder });
  if (code !== 0) throw new Error(stderr);
  await scene(context, { folder, steps: endless });
  await it.run();
  await it.treeRow("% val").waitFor();
  await vs.press("Control+1");
  await vs.openFile(file);
  await vs.runCommand("distill.export", "Distillery: Export Student");
  const asked = "Export the student of which run?";
  await until("the question", async () => (await vs.quickInput.getAttribute("placeholder")) === asked);
  await vs.pick("done");
  await until(
    "the format",
    async () => (await vs.quickInput.getAttribute("placeholder")) === "In which format?",
  );
  await vs.press("Escape");
  await vs.runCommand("distill.stop", "Distillery: Stop");
  await it.treeRow("stopped at").waitFor();
});
