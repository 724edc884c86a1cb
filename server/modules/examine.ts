import type { ResolvedLoss } from "../../schemas/resolvedExperiment.gen.ts";
import { type LossTrial, ownLossProblem } from "../engine/train/lossTrial.ts";
import type { Shape } from "../nets/layers/layer.ts";
import type { Schema } from "../parameters/schema.ts";
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
  const found = triedLoss(loaded, path, schema);
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
  const values = Object.entries(schema.properties ?? {}).map(
    ([key, { const: own, default: fallback, examples }]) => [key, own ?? fallback ?? examples?.[0]],
  );
  const isWhole = values.every(
    ([key, value]) => value !== undefined || !schema.required?.includes(String(key)),
  );
  if (trial === undefined || !isWhole) return undefined;
  makeKnown(path, loaded);
  const layer = loss.facts.seesLayers ? { student: "layer", teacher: "layer" } : {};
  const spec = { ...Object.fromEntries(values), ...layer } as ResolvedLoss;
  return ownLossProblem([spec], trial)?.problem as ModuleProblem | undefined;
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
