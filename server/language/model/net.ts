import type { JSONPath, Node } from "jsonc-parser";
import { isRecord } from "../../isRecord.ts";
import { isOfPairs, isOneNumber } from "../../nets/onnxInput.ts";
import { layersIfValid } from "../../nets/presets/presets.ts";
import {
  type LayerPlan,
  type LayerSpec,
  layerNames,
  layerShapes,
  tapsBeside,
  weightNames,
} from "../../nets/shapes.ts";
import { type FileFacts, type FileKind, hasPorts, type Knowledge } from "../facts.ts";
import { dataOf } from "../parse.ts";
import { type DataModel, type SourceModel, sourceModel } from "./data.ts";
import type { FileModel } from "./file.ts";
import { ownNetReference } from "./ownNet.ts";
import { items, member, textOf } from "./values.ts";

/** A teacher or a student. */
export interface NetModel {
  readonly node: Node;
  /** Its file, if it is from one. */
  readonly file: FileModel | undefined;
  /** The objects in `layers`, in order; none for a preset or a file. */
  readonly layers: readonly Node[];
  /** Its layers, those of a preset too; undefined of a file, and where they are not known. */
  readonly specs: readonly LayerSpec[] | undefined;
  /** Shapes through the layers; undefined where the shape of the data is not known. */
  readonly plan: LayerPlan | undefined;
  /** Outputs that losses can compare, in order; undefined where they are not known. */
  readonly taps: readonly Tap[] | undefined;
  /** Names of its weights; undefined where they are not known. */
  readonly weights: readonly string[] | undefined;
  /** Those of them that are averages of a norm, which no step trains. */
  readonly averages: readonly string[] | undefined;
  /** Trained values. */
  readonly parameters: number | undefined;
  /** Size of the last axis of its output. */
  readonly classes: number | undefined;
  /** The query about its modules' shapes, and the answer. */
  readonly own: FileModel | undefined;
  /** The teacher's own training data, if it has any. */
  readonly source: SourceModel | undefined;
}

/** A layer, or a tensor of an ONNX model. */
export interface Tap {
  readonly name: string;
  /** Of the layer, where it is known. */
  readonly type?: string | undefined;
  /** Of its output for one sample, where it is known. */
  readonly shape?: readonly number[] | undefined;
  /** The layer's object in the text. */
  readonly node?: Node | undefined;
}

/** Facts beyond the text. */
interface Known {
  readonly files: readonly FileModel[];
  readonly knowledge: Knowledge;
}

export function studentModel(node: Node | undefined, data: DataModel, known: Known): NetModel | undefined {
  return node?.type === "object" ? netModel(node, { data: data.train, at: ["student"] }, known) : undefined;
}

export function teacherModel(node: Node | undefined, data: DataModel, known: Known): NetModel | undefined {
  if (node?.type !== "object") return undefined;
  const source = sourceModel(member(member(node, "train"), "data"), known.files);
  return { ...netModel(node, { data: source ?? data.train, at: ["teacher"] }, known), source };
}

function netModel(
  node: Node,
  { data, at }: { readonly data: SourceModel | undefined; readonly at: JSONPath },
  { files, knowledge }: Known,
): NetModel {
  const isStored = textOf(member(node, "type")) === "outputs";
  const keys = isStored ? ["train"] : ["path", "model", "run", "experiment"];
  const path = keys.map((key) => member(node, key)).find((value) => value !== undefined);
  const file = path && files.find(({ reference }) => reference.node === path);
  if (file) return fromFile(node, file, data);
  const layers = items(member(node, "layers"));
  const specs = layers.length > 0 ? layerSpecs(layers) : presetSpecs(node, data?.classes);
  const reference = ownNetReference(
    node,
    { nodes: layers, specs },
    { at, shape: data?.shape, outputs: data?.classes },
  );
  const own = reference && { reference, knowledge: knowledge(reference) };
  const found = own?.knowledge?.facts?.net;
  if (own && specs === undefined) return ownStudent(node, own, found && data?.classes);
  const plan = found?.plan ?? (specs && data?.shape && layerShapes(specs, data.shape));
  const isComplete = plan?.problems.length === 0 && plan.layers.every((layer) => layer !== undefined);
  return {
    node,
    file: undefined,
    layers,
    specs,
    plan,
    taps: specs && tapsOf(specs, plan, layers),
    ...(isComplete ? weightNames(plan) : { weights: undefined, averages: undefined }),
    parameters: isComplete ? plan.parameterCount : undefined,
    classes: plan?.outputShape?.length === 1 ? plan.outputShape[0] : undefined,
    own,
    source: undefined,
  };
}

/** A student that is a module. */
function ownStudent(node: Node, own: FileModel, classes: number | undefined): NetModel {
  const { taps, weights, averages, parameters } = own.knowledge?.facts?.net ?? {};
  return {
    node,
    file: undefined,
    layers: [],
    specs: undefined,
    plan: undefined,
    taps,
    weights,
    averages,
    parameters,
    classes,
    own,
    source: undefined,
  };
}

const tapsOf = (
  specs: readonly LayerSpec[],
  plan: LayerPlan | undefined,
  nodes: readonly Node[],
): readonly Tap[] =>
  layerNames(specs).flatMap((name, i): Tap[] => {
    const planned = plan?.layers[i];
    const of = { type: specs[i]?.type, node: nodes[i] };
    return [
      { ...of, name, shape: planned?.outputShape },
      ...(planned ? tapsBeside(planned).map((tap) => ({ ...of, ...tap })) : []),
    ];
  });

function fromFile(node: Node, file: FileModel, data: SourceModel | undefined): NetModel {
  const facts = file.knowledge?.facts;
  return {
    node,
    file,
    layers: [],
    specs: undefined,
    plan: undefined,
    taps: facts?.layers,
    weights: facts?.weights,
    averages: facts?.averages,
    parameters: facts?.parameters,
    classes:
      textOf(member(node, "head")) === "replace"
        ? data?.classes
        : file.reference.kind === "outputs"
          ? storedClasses(facts, data)
          : facts &&
            outputClasses(facts, textOf(member(node, "output")), {
              kind: file.reference.kind,
              task: data?.task,
            }),
    own: undefined,
    source: undefined,
  };
}

/** An array with its samples last has no other facts. */
function storedClasses(
  { count, shape: [classes] = [] }: FileFacts = {},
  data: SourceModel | undefined,
): number | undefined {
  const isTransposed = classes !== count && (classes === data?.count || classes === data?.fileCount);
  return isTransposed && classes !== undefined ? undefined : classes;
}

function outputClasses(
  { outputs = [], scores }: FileFacts,
  named: string | undefined,
  { kind, task }: { readonly kind: FileKind; readonly task: SourceModel["task"] },
): number | undefined {
  const name = named ?? scores ?? (outputs.length === 1 ? outputs[0]?.name : undefined);
  const output = outputs.find((output) => output.name === name);
  if (output === undefined) return undefined;
  if (task === "regression" && isOneNumber(output.shape)) return 1;
  // Of several labels the shares of absent and there, as scikit-learn's exporter writes them.
  if (isOfPairs(output.shape)) return task === "multiLabel" ? output.shape[0] : undefined;
  // [batch, classes], or [batch, classes, 1, 1] where a global pooling left its axes; without a batch [classes].
  const row = output.shape.length > 1 ? output.shape.slice(1) : output.shape;
  const wide = row.filter((extent) => extent !== 1);
  const [classes = 1] = wide;
  if (row.length === 0 || wide.length > 1 || classes < 1) return undefined;
  // A model with one output number gives the probability of the second of two classes.
  return classes === 1 && hasPorts(kind) && task === undefined ? 2 : classes;
}

/** The layers as the shape rules take them; undefined where one is not an object with a type. */
export function layerSpecs(layers: readonly Node[]): LayerSpec[] | undefined {
  const specs = layers.map(dataOf);
  return specs.every(isLayerSpec) ? specs : undefined;
}

function isLayerSpec(value: unknown): value is LayerSpec {
  if (!isRecord(value)) return false;
  const { type, name, inputs } = value;
  const isText = (value: unknown) => typeof value === "string";
  return (
    isText(type) &&
    (name === undefined || isText(name)) &&
    (inputs === undefined || isText(inputs) || (Array.isArray(inputs) && inputs.every(isText)))
  );
}

/** A preset's layers, once the number of classes is known and its arguments are valid. */
function presetSpecs(node: Node, classes: number | undefined): readonly LayerSpec[] | undefined {
  if (classes === undefined || classes < 1) return undefined;
  const name = textOf(member(node, "preset"));
  return name === undefined ? undefined : layersIfValid(name, (key) => dataOf(member(node, key)), classes);
}
