import type { RunEvent } from "../../schemas/run-event.gen.ts";

/** The numbers of an event by name, as trackers of experiments group them: `terms/kd/raw`, `studentAlone/validation/accuracy`. */
export function* scalarsOf(event: RunEvent): Generator<readonly [tag: string, value: number | null]> {
  if (event.type === "step") {
    const before = event.subject === undefined ? "" : `${event.subject}/`;
    yield [`${before}loss`, event.loss];
    for (const [name, { raw, weighted }] of Object.entries(event.terms)) {
      yield [`${before}terms/${name}/raw`, raw];
      yield [`${before}terms/${name}/weighted`, weighted];
    }
    yield [`${before}learningRate`, event.learningRate];
    yield [`${before}gradNorm`, event.gradNorm];
    yield [`${before}samplesPerSecond`, event.samplesPerSecond];
    if (event.memory !== undefined) yield [`${before}memory`, event.memory];
  } else if (event.type === "evaluation") {
    const before = event.subject === undefined ? "" : `${event.subject}/`;
    for (const [name, value] of Object.entries(event.metrics))
      yield [`${before}${event.split}/${name}`, value];
  }
}
