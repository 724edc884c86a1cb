import { square, sum, type Tensor } from "@tensorflow/tfjs-core";
import { tooLittleMemory } from "../../nets/memory.ts";
import { type Problem, problem } from "../../problem.ts";
import { differentiate } from "../distill/differentiate.ts";
import { inferenceProgram } from "../distill/inferenceProgram.ts";
import { asGroup, inGroup, weightsGroup } from "../distill/names.ts";
import { leastSlots } from "../distill/optimizers/optimizers.ts";
import { unsupportedKernels } from "../graph/unsupported.ts";
import { isOwn, type Net } from "../nets/net.ts";
import type { Program } from "../program.ts";
import type { TrainContext } from "./context.ts";
import type { Fit } from "./fitConfig.ts";

/** What keeps a net from being trained or evaluated by the engine, said before anything is: the layer and the reason. */
export function unsupported(
  whose: string,
  net: Net,
  use: "trained" | "evaluated",
): { readonly problem: Problem } | undefined {
  const isTrained = use === "trained";
  if (isTrained && trainedOf(net, net.parameters).length === 0)
    return problem("no-weights", `${whose}: no layer has weights, so there is nothing to train.`);
  const [obstacle] = unsupportedKernels(isTrained ? gradientProgram(net) : inferenceProgram(net, [2]));
  if (obstacle === undefined) return undefined;
  const { scope, kernel, why, code, hint } = obstacle;
  if (code !== undefined) return problem(code, why, hint);
  // What a layer computes from weights has gradients, which whole numbers have not.
  const isLookedUp = /gradient for op GatherV2/.test(why);
  if (isLookedUp)
    return problem(
      "layer-unsupported",
      `${whose}: an embedding takes integers from the data; layers with weights before it could not be trained.`,
      "Put the embedding first.",
    );
  const layer = scope === undefined ? "the net" : scope.replace(/^layer:/, "the layer ");
  const reason = kernel === undefined ? why.replace(/\.$/, "") : `the engine has no ${kernel}`;
  const message = `${whose}: ${layer} cannot be ${use}: ${reason}.`;
  return isOwn(net)
    ? problem("module-operation", message, "Write its module in other operations.")
    : problem("layer-unsupported", message, "Use another layer.");
}

/** What the machine's memory cannot suffice for, before any of it is taken. */
export function memoryProblem(
  whose: string,
  {
    net,
    train,
    batchSize,
    optimizer,
    training: { accumulate = 1 },
  }: Pick<Fit, "net" | "train" | "batchSize" | "optimizer" | "training">,
  { machineMemory }: Pick<TrainContext, "machineMemory">,
): { readonly problem: Problem } | undefined {
  const { layers, inputShape } = net;
  const trained = {
    layers,
    inputShape,
    batchSize: Math.min(batchSize, train.count),
    slots: leastSlots(optimizer.type) + (accumulate > 1 ? 1 : 0),
  };
  const found = machineMemory === undefined ? undefined : tooLittleMemory(whose, trained, machineMemory);
  return found && problem("out-of-memory", found.message, found.hint);
}

/** The net and its gradients, of whatever loss: these add nothing that is not always there. */
function gradientProgram(net: Net): Program {
  const { state } = inferenceProgram(net, []);
  return {
    state,
    entries: [
      {
        name: "train",
        inputs: {
          x: { shape: [2, ...net.inputShape], dtype: "float32" },
          ...asGroup("random", net.randomInputs(2)),
        },
        run: (tensors, inputs) => {
          const weights = inGroup(weightsGroup, tensors);
          const random = inGroup("random", inputs);
          const { gradients } = differentiate(Object.fromEntries(trainedOf(net, weights)), () => ({
            value: sum(square(net.apply(weights, inputs["x"] as Tensor, { training: true, random }).logits)),
            beside: {},
          }));
          return { state: {}, outputs: gradients };
        },
      },
    ],
  };
}

const trainedOf = <T>({ parameters }: Net, weights: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(weights).filter(([name]) => parameters[name]?.trainable);
