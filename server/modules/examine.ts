import type { ResolvedData, ResolvedLoss } from "../../schemas/resolvedExperiment.gen.ts";
import { valuesInMemory } from "../data/sampleValues.ts";
import { augmentationProblem } from "../engine/train/augmentationProblem.ts";
import { type LossTrial, ownLossProblem } from "../engine/train/lossTrial.ts";
import type { Shape } from "../nets/layers/layer.ts";
import type { Schema } from "../parameters/schema.ts";
import { sizeOf } from "../sizeOf.ts";
import { answerMark, type ExaminedModule, type NetQuery } from "./examined.ts";
import { examineNet } from "./examineNet.ts";
import { type LoadedModule, loadModule } from "./load.ts";
import type { ModuleProblem } from "./moduleProblem.ts";
import { makeKnown } from "./openModules.ts";
import { schemaOf } from "./schema.ts";

/** Loads a module and tries what it declares, in the process that examines it. @param path as the experiment names it */
async function examine(
  file: string,
  path: string,
): Promise<ExaminedModule | { readonly problem: ModuleProblem }> {
  const loaded = await loadModule(file);
  if ("problem" in loaded) return loaded;
  const { definition, files } = loaded;
  const schema = schemaOf(definition, path);
  const found = triedLoss(loaded, path, schema) ?? triedAugmentation(loaded, path, schema);
  return {
    kind: definition.kind,
    schema,
    files: files.map(({ path }) => path),
    ...(found === undefined ? {} : { problem: found }),
  };
}

/** A loss is tried with its defaults and examples, where the shapes that it compares are known. Others need a net. */
function triedLoss(loaded: LoadedModule, path: string, schema: Schema): ModuleProblem | undefined {
  if (loaded.definition.kind !== "loss") return undefined;
  const { loss } = loaded.definition;
  const trial = trialOf(loss.facts.seesLayers ? (loss.facts.compares ?? "any") : "logits");
  const values = usualValues(schema);
  if (trial === undefined || values === undefined) return undefined;
  makeKnown(path, loaded);
  const layer = loss.facts.seesLayers ? { student: "layer", teacher: "layer" } : {};
  return ownLossProblem([{ ...values, ...layer } as ResolvedLoss], trial)?.problem as
    | ModuleProblem
    | undefined;
}

/** An augmentation is tried on a small image. Samples may have another shape, so only what no shape excuses is a problem. */
function triedAugmentation(loaded: LoadedModule, path: string, schema: Schema): ModuleProblem | undefined {
  const spec = usualValues(schema);
  if (loaded.definition.kind !== "augmentation" || spec === undefined) return undefined;
  makeKnown(path, loaded);
  const shape = [4, 4, 3];
  const values = valuesInMemory(new Float32Array(sizeOf(shape)), sizeOf(shape));
  const found = augmentationProblem(
    { augment: [spec as unknown as ResolvedData["augment"][number]] },
    { values, shape },
  );
  return found?.problem.code === "module-impure" ? (found.problem as ModuleProblem) : undefined;
}

/** The defaults and examples of what a module declares; undefined where a required value has neither. */
function usualValues({ properties = {}, required }: Schema): Readonly<Record<string, unknown>> | undefined {
  const values = Object.entries(properties).map(
    ([key, { const: own, default: fallback, examples }]): [string, unknown] => [
      key,
      own ?? fallback ?? examples?.[0],
    ],
  );
  const isWhole = values.every(([key, value]) => value !== undefined || !required?.includes(key));
  return isWhole ? Object.fromEntries(values) : undefined;
}

function trialOf(compares: NonNullable<Schema["compares"]> | "logits"): LossTrial | undefined {
  const of = (shape: Shape | undefined): LossTrial => ({
    classes: 3,
    shapes: { student: shape ? { layer: shape } : {}, teacher: shape ? { layer: shape } : {} },
  });
  if (compares === "logits") return of(undefined);
  return compares === "maps" || compares === "sameChannels" ? of([4, 4, 3]) : undefined;
}

/** Either a module, by its path and the experiment's name for it, or a net, by the experiment's folder and the net. */
const [task, place = "", query = ""] = process.argv.slice(2);
const answer = await (task === "net"
  ? examineNet(JSON.parse(query) as NetQuery, place)
  : examine(place, query));
process.stdout.write(`\n${answerMark}${JSON.stringify(answer)}\n`, () => process.exit());
