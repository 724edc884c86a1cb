import type { Tensor } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Shape } from "../../nets/layers/layer.ts";
import type { NetLayer } from "../../nets/netLayer.ts";
import type { OwnStudent, StudentPlace } from "../../nets/ownStudents.ts";
import { inputName } from "../../nets/shapes.ts";
import { valuesOf } from "../../parameters/parameter.ts";
import { sizeOf } from "../../sizeOf.ts";
import { asGroup, inGroup } from "../distill/names.ts";
import { trace } from "../graph/trace.ts";
import type { Tensors } from "../program.ts";
import { initialWeights } from "./initial.ts";
import { isTraining, type Net, type NetMode, type NetOutputs, type OwnForm, type Parameter } from "./net.ts";

/**
 * A student of a person's own module as a net.
 * @param given the keys beside `type`, valid
 * @throws a ModuleError where the module is at fault
 */
export function ownNet(student: OwnStudent, given: object, place: StudentPlace): Net<OwnForm> {
  const values = valuesOf(student.parameters, given);
  const weights = student.weights(place, values);
  const draws = student.random(place, values);
  const parameters = Object.fromEntries(
    Object.entries(weights).map(([name, spec]): [string, Parameter] => [
      name,
      { ...spec, trainable: spec.role !== "average", decays: spec.role === "kernel" },
    ]),
  );
  const net: Net<OwnForm> = {
    layers: [],
    form: { kind: "own", version: student.version, values },
    lookUps: [],
    takesTokens: false,
    inputShape: place.input,
    outputShape: [place.outputs],
    parameters,
    parameterCount: Object.values(weights).reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    initial: (seed) => initialWeights(parameters, seed),
    randomInputs: (batch) =>
      Object.fromEntries(
        Object.entries(draws).map(([name, { shape, distribution }]) => [
          name,
          {
            shape: [batch, ...shape],
            dtype: "float32",
            random: { distribution, use: `layer.${name}` },
          },
        ]),
      ),
    apply: (tensors, x, mode) => {
      let outputs: NetOutputs | undefined;
      tf.tidy("layer:student", () => {
        outputs = applied(student, { values, place, tensors, x, mode, names: Object.keys(weights) });
        return [outputs.logits, ...Object.values(outputs.taps), ...Object.values(outputs.averages)];
      });
      return outputs as NetOutputs;
    },
  };
  return { ...net, layers: layersOf(net) };
}

interface Application {
  readonly values: ReturnType<typeof valuesOf>;
  readonly place: StudentPlace;
  readonly tensors: Tensors;
  readonly names: readonly string[];
  readonly x: Tensor;
  readonly mode: NetMode;
}

function applied(student: OwnStudent, { values, place, tensors, names, x, mode }: Application): NetOutputs {
  const { logits, layers, averages } = student.forward(
    {
      tf,
      x,
      weights: Object.fromEntries(names.map((name) => [name, tensors[name] as Tensor])),
      training: isTraining(mode, names),
      random: mode.training ? mode.random : {},
      outputs: place.outputs,
    },
    values,
  );
  return { logits, taps: { ...layers, [end]: logits }, averages };
}

/** What the logits are called, which all students have. */
const end = "logits";

/** Batch of the trace that finds the shapes of what the student names. */
const trialBatch = 2;

/** What the student names, as layers one after the other: all its weights are those of the last. */
function layersOf(net: Net): readonly NetLayer[] {
  const { parameters, parameterCount, inputShape } = net;
  const [graph] = trace({
    state: Object.fromEntries(
      Object.entries(parameters).map(([name, { shape }]) => [name, { shape, dtype: "float32" as const }]),
    ),
    entries: [
      {
        name: "shapes",
        inputs: { x: { shape: [trialBatch, ...inputShape], dtype: "float32" } },
        run: (weights, { x }) => ({
          state: {},
          outputs: asGroup("tap", net.apply(weights, x as Tensor, { training: false }).taps),
        }),
      },
    ],
  });
  const shapes = inGroup("tap", Object.fromEntries(graph?.outputs ?? []));
  return Object.entries(shapes).map(([name, { shape }]): NetLayer => {
    const isEnd = name === end;
    return {
      name,
      type: "own",
      inputs: [inputName],
      outputShape: shape.slice(1) as Shape,
      parameterCount: isEnd ? parameterCount : 0,
      kernelCount: isEnd
        ? Object.values(parameters).reduce(
            (sum, { role, shape }) => sum + (role === "kernel" ? sizeOf(shape) : 0),
            0,
          )
        : 0,
    };
  });
}
