import type { ResolvedExperiment } from "../../../schemas/resolvedExperiment.gen.ts";
import type { TeacherOutputs } from "../../data/teacherCache.ts";
import type { Problem } from "../../problem.ts";
import { type Softness, softnessOf, tooHard } from "../../statistics/softness.ts";

/** As many outputs give the means to a part of a hundredth, in a tenth of a second for ten classes. */
const mostRows = 2000;
/** Of very many classes fewer rows are read, so that it never takes long. */
const mostLogits = 2_000_000;

/** How soft a teacher's outputs are, by samples from all over the data. */
export function teacherSoftness(outputs: TeacherOutputs): Softness {
  const { count, classes } = outputs;
  const rows = Math.max(1, Math.min(count, mostRows, Math.floor(mostLogits / classes)));
  const logits = new Float32Array(rows * classes);
  outputs.gather(
    Int32Array.from({ length: rows }, (_, row) => Math.floor((row * count) / rows)),
    logits,
  );
  return softnessOf(logits, classes);
}

/** Losses whose temperature leaves the teacher's outputs as hard as labels. */
export function temperatureDoubts(
  softness: Softness,
  losses: ResolvedExperiment["losses"],
): readonly Problem[] {
  const given = losses.flatMap((loss) =>
    "temperature" in loss && typeof loss.temperature === "number" ? [loss.temperature] : [],
  );
  return [...new Set(given)].flatMap((temperature) => {
    const found = tooHard(softness, temperature);
    return found ? [{ code: "temperature-low", message: found.message }] : [];
  });
}
