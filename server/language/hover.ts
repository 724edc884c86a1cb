import type { JSONPath, Node } from "jsonc-parser";
import { type Hover, MarkupKind } from "vscode-languageserver-types";
import type { ModelPort } from "../fileHeaders.ts";
import { counted, grouped } from "../grouped.ts";
import { codeMarkdown, plainMarkdown } from "../markdown.ts";
import { planWords } from "../nets/inputRoles.ts";
import { taskOf } from "../tasks/tasks.ts";
import { type Pointed, pointedAt } from "./at.ts";
import { rangeOf } from "./check.ts";
import { columnText } from "./columnText.ts";
import { documentation } from "./documentation.ts";
import type { FileFacts, Knowledge } from "./facts.ts";
import { columnsAround, namesColumn } from "./model/columns.ts";
import { layersOf } from "./model/layers.ts";
import { lossDefault } from "./model/losses.ts";
import { type Model, modelOf } from "./model/model.ts";
import { teacherInputs } from "./model/teacherInputs.ts";
import { countOf, member, textOf } from "./model/values.ts";
import { shapeText } from "./numbers.ts";
import { dataOf, keyOf, nodeAt, type Parsed } from "./parse.ts";
import { placeAt, sweptPath } from "./schema/choose.ts";
import { withModules } from "./schema/modules.ts";
import { oneLine } from "./skeleton.ts";
import { sweepText } from "./sweepText.ts";
import { triedAt, triedPlace } from "./sweptConditions.ts";
import { type TeacherFound, temperatureText } from "./temperatureText.ts";
import { pathText } from "./valuePath.ts";

/** What is known beside the text and its files. */
export interface HoverFound extends TeacherFound {
  /** Address of the folder with the pages of the documentation. */
  readonly pages?: string | undefined;
  /** Of a step in a former run of the experiment. */
  readonly stepSeconds?: number | undefined;
}

/** Hover at an offset: the meaning of a key or value, the contents of a file, the shape of a layer. */
export function hover(
  parsed: Parsed,
  offset: number,
  knowledge: Knowledge,
  found: HoverFound = {},
): Hover | undefined {
  const pointed = pointedAt(parsed, offset);
  if (!pointed || !["string", "number", "boolean", "null"].includes(pointed.node.type)) return undefined;
  const general = meaning(parsed, pointed, { knowledge, pages: found.pages });
  const own = particulars(parsed, pointed, { knowledge, found });
  // The editor's box shows a dozen lines, and a picture below them would be cut off.
  const parts = own?.startsWith("![") ? [own, general] : [general, own];
  const text = parts.filter((part) => part).join("\n\n---\n\n");
  if (text === "") return undefined;
  return { contents: { kind: MarkupKind.Markdown, value: text }, range: rangeOf(parsed, pointed.node) };
}

/** A key shows its schema; a tag the variants, its value the chosen one. */
function meaning(
  parsed: Parsed,
  pointed: Pointed,
  { knowledge, pages }: { readonly knowledge: Knowledge; readonly pages: string | undefined },
): string | undefined {
  const schema = withModules(parsed.root, knowledge);
  const { node, isKey } = pointed;
  const { root, path } = triedAt(parsed, pointed.path) ?? { root: parsed.root, path: pointed.path };
  const place = triedPlace(root, path, schema);
  if (!place) return undefined;
  const heading = isKey ? `**${plainMarkdown(String(node.value))}**\n\n` : "";
  if (place.schema.const === undefined) return heading + documentation(place.schema, pages);
  const owner = triedPlace(root, path.slice(0, -1), schema);
  if (!owner) return undefined;
  if (isKey) return heading + documentation(owner.schema, pages);
  const [variant, ...others] = owner.branches;
  return variant && others.length === 0 ? documentation(variant) : undefined;
}

/** Facts of this experiment: files, the shape of a layer, the length of an epoch. */
function particulars(
  parsed: Parsed,
  { node, path, isKey }: Pointed,
  { knowledge, found }: { readonly knowledge: Knowledge; readonly found: HoverFound },
): string | undefined {
  const model = modelOf(parsed, knowledge);
  if (!model) return undefined;
  const soft = temperatureText(model, path, found);
  if (soft !== undefined) return soft;
  const value = isKey ? node.parent?.children?.[1] : node;
  const file = model.files.find(({ reference }) => reference.node === value)?.knowledge;
  if (file?.facts)
    return [fileText(file.facts), fedText(node.parent?.parent, file.facts, model)]
      .filter(Boolean)
      .join("  \n");
  if (file) return plainMarkdown(file.problem.message);
  if (isKey && (path.join() === "sweep" || path.join() === "seeds"))
    return sweepText(parsed.root, { steps: model.duration.totalSteps, stepSeconds: found.stepSeconds });
  if (isKey)
    return (
      nowText(parsed, path) ??
      layerText(model, node) ??
      bankText(model, node) ??
      countText(model, path.join("."))
    );
  return (
    columnHover(model, path, node) ?? layerText(model, node) ?? bankText(model, node) ?? tapText(model, node)
  );
}

/** "60 000 samples of [28, 28, 1], uint8 · 10 classes". */
function fileText({
  count,
  shape,
  dtype,
  task,
  classes,
  classNames,
  unlabelled,
  vocabulary,
  padding,
  parameters,
  learned: { trees, treeNodes, supportVectors } = {},
  inputs,
  outputs,
  endsInSoftmax,
  bytes,
  thumbnails = [],
}: FileFacts): string {
  const samples = count === undefined ? undefined : counted(count, "sample");
  const of = shape === undefined || shape.length === 0 ? "" : ` of ${shapeText(shape)}`;
  const names = classNames && classNames.length <= 12 ? `: ${classNames.map(plainMarkdown).join(", ")}` : "";
  const lines = [
    samples === undefined ? undefined : `${samples}${of}${dtype ? `, ${dtype}` : ""}`,
    classes === undefined
      ? undefined
      : `${grouped(classes)} ${taskOf(task).output[classes === 1 && task ? 0 : 1]}${names}`,
    unlabelled === undefined ? undefined : `${counted(unlabelled, "sample")} without a label`,
    vocabulary === undefined
      ? undefined
      : `${counted(vocabulary, "token")}; ${padding} is padding, \`maskToken\` of an embedding`,
    parameters === undefined ? undefined : counted(parameters),
    trees === undefined ? undefined : `${counted(trees, "tree")}, ${counted(treeNodes ?? 0, "node")}`,
    supportVectors === undefined ? undefined : counted(supportVectors, "support vector"),
    inputs && `in: ${inputs.map(portText).join(", ")}`,
    outputs && `out: ${outputs.map(portText).join(", ")}${endsInSoftmax ? " (probabilities)" : ""}`,
    bytes === undefined ? undefined : sizeText(bytes),
    thumbnails.length === 0 ? undefined : thumbnails.map((uri) => `![](${uri})`).join(" "),
  ];
  return lines.filter((line) => line !== undefined).join("  \n");
}

/** What each input of a teacher's model is fed, where it has several. */
function fedText(
  teacher: Node | undefined,
  { inputs = [] }: FileFacts,
  { data }: Pick<Model, "data">,
): string | undefined {
  if (!teacher || inputs.length < 2 || !isFed(textOf(member(teacher, "type")))) return undefined;
  const plan = teacherInputs(teacher, inputs, data.train?.numberNames);
  if (plan === "columns") return "fed: the columns of their names";
  return "message" in plan
    ? plainMarkdown(`${plan.message}. ${plan.hint}`)
    : `fed: ${plainMarkdown(planWords(plan, { isText: false }))}`;
}

const isFed = (type: string | undefined): boolean => type === "onnx" || type === "savedModel";

/** On the name of a column: what its cells are. */
function columnHover(model: Model, path: JSONPath, node: Node): string | undefined {
  const schema = placeAt(model.root, path)?.schema;
  if (!schema || !namesColumn(schema)) return undefined;
  const facts = columnsAround(model, path).find(({ name }) => name === node.value)?.facts;
  return facts && `${codeMarkdown(facts.name)}: ${plainMarkdown(columnText(facts))}`;
}

const portText = ({ name, shape, classNames = [] }: ModelPort): string =>
  `${codeMarkdown(name)} ${shapeText(shape)}${classNames.length > 0 && classNames.length <= 12 ? `: ${classNames.map(plainMarkdown).join(", ")}` : ""}`;

function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** On the type of a layer: input and output shapes. */
function layerText(model: Model, node: Node): string | undefined {
  const object = node.parent?.parent;
  if (node.parent?.type !== "property" || keyOf(node.parent) !== "type" || !object) return undefined;
  const layer = layersOf(model).find((layer) => layer.node === object)?.planned;
  if (!layer) return undefined;
  const from = layer.inputShapes.map(shapeText).join(", ");
  return `${codeMarkdown(layer.name)}: ${from} → ${shapeText(layer.outputShape)} · ${counted(layer.parameterCount)}`;
}

/** On a loss with a memory bank: its size. */
function bankText({ losses, data: { trainCount } }: Model, node: Node): string | undefined {
  const object = node.parent?.parent;
  const loss = losses.find(
    (loss) => loss.node === object && lossDefault(loss.type, "negatives") !== undefined,
  );
  if (!loss || node.parent?.type !== "property" || trainCount === undefined) return undefined;
  if (!["type", "dimension"].includes(keyOf(node.parent))) return undefined;
  const dimension = countOf(member(object, "dimension")) ?? lossDefault(loss.type, "dimension");
  if (dimension === undefined) return undefined;
  return `${counted(trainCount, "sample")} remembered twice: ${sizeText(2 * 4 * trainCount * dimension)}`;
}

/** On the path of a sweep: its current value. */
function nowText({ root }: Parsed, path: JSONPath): string | undefined {
  const target = sweptPath(path);
  const isPath = target !== undefined && pathText(target) === path.at(-1);
  const value = isPath ? dataOf(nodeAt(root, target)) : undefined;
  return value === undefined ? undefined : `Now ${codeMarkdown(oneLine(value))}`;
}

/** On the name of a layer in a loss: its output shape. */
function tapText({ losses, student, teacher }: Model, node: Node): string | undefined {
  const of = (role: "student" | "teacher") => losses.some(({ layers }) => layers[role].includes(node));
  const net = of("student") ? student : of("teacher") ? teacher : undefined;
  const tap = net?.taps?.find(({ name }) => name === node.value);
  if (!tap) return undefined;
  return [
    codeMarkdown(tap.name),
    tap.type && plainMarkdown(tap.type),
    tap.shape && `→ ${shapeText(tap.shape)}`,
  ]
    .filter((part) => part)
    .join(" ");
}

function countText({ duration, data }: Model, path: string): string | undefined {
  const { labelledCount, unlabelledCount } = data;
  if (path === "data.unlabelled" || path === "data.train")
    return labelledCount === undefined || !unlabelledCount
      ? undefined
      : `${grouped(labelledCount)} labelled, ${grouped(unlabelledCount)} without labels`;
  if (path !== "data.batchSize" || duration.stepsPerEpoch === undefined) return undefined;
  return `${counted(duration.stepsPerEpoch, "step")} an epoch (${grouped(data.trainCount ?? 0)} training samples)`;
}
