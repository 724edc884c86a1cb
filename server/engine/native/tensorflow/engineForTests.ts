import type { LoadProgram } from "../../program.ts";
import { findEngines } from "./engines.ts";
import { tensorflowOn } from "./executor.ts";
import { enginesFolder } from "./folders.ts";

/** One count for a whole process: TensorFlow reads it once. */
const threads = 2;

/**
 * TensorFlow for tests, where it is installed: in DISTILL_ENGINES, in the default folder, or as a package. Where it is not,
 * tests without it say so on the console, and fail when DISTILL_REQUIRE_TENSORFLOW=1.
 */
export async function tensorflowForTests(): Promise<LoadProgram | undefined> {
  const engines = await findEngines();
  const engine = engines.find(({ kind }) => kind === "cpu") ?? engines[0];
  if (engine) {
    const load = tensorflowOn({ addon: engine.addon, device: "cpu" });
    return (program, initial) => load(program, initial, { threads });
  }
  const missing = `There is no TensorFlow engine in ${enginesFolder()}: npm run setup:tensorflow builds it.`;
  if (process.env["DISTILL_REQUIRE_TENSORFLOW"] === "1") throw new Error(missing);
  console.error(`NOT TESTED with TensorFlow. ${missing}`);
  return undefined;
}
