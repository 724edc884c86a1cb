import type { Node } from "jsonc-parser";
import { type Hover, MarkupKind } from "vscode-languageserver-types";
import { type Pointed, pointedAt } from "./at.ts";
import { rangeOf } from "./check.ts";
import { documentation } from "./documentation.ts";
import type { FileFacts, Knowledge, ModelPort } from "./facts.ts";
import { layersOf } from "./model/layers.ts";
import { type Model, modelOf } from "./model/model.ts";
import { counted, grouped, shapeText } from "./numbers.ts";
import { keyOf, type Parsed, properties } from "./parse.ts";
import { placeAt } from "./schema/choose.ts";

export interface HoverOptions {
  readonly knowledge: Knowledge;
  /** Markdown to put below what is said of a loss: how it went when the experiment ran. */
  readonly curve?: (lossName: string) => string | undefined;
}

/** What is at an offset: the meaning of a key or value, the contents of a file, the shape of a layer. */
export function hover(parsed: Parsed, offset: number, options: HoverOptions): Hover | undefined {
  const pointed = pointedAt(parsed, offset);
  if (!pointed || pointed.node.type === "object" || pointed.node.type === "array") return undefined;
  const parts = [meaning(parsed, pointed), ...particulars(parsed, pointed, options)];
  const text = parts.filter((part) => part).join("\n\n---\n\n");
  if (text === "") return undefined;
  return { contents: { kind: MarkupKind.Markdown, value: text }, range: rangeOf(parsed, pointed.node) };
}

/** A key means what its schema says; a tag what the variants mean, its value what the chosen one does. */
function meaning({ root }: Parsed, { node, path, isKey }: Pointed): string | undefined {
  const place = placeAt(root, path);
  if (!place) return undefined;
  const heading = isKey ? `**${String(node.value)}**\n\n` : "";
  if (place.schema.const === undefined) return heading + documentation(place.schema);
  const owner = placeAt(root, path.slice(0, -1));
  if (!owner) return undefined;
  if (isKey) return heading + documentation(owner.schema);
  const [variant, ...others] = owner.branches;
  return variant && others.length === 0 ? documentation(variant) : undefined;
}

function particulars(parsed: Parsed, { node, path, isKey }: Pointed, options: HoverOptions): string[] {
  const model = modelOf(parsed, options.knowledge);
  if (!model) return [];
  const value = isKey ? node.parent?.children?.[1] : node;
  const file = model.files.find(({ reference }) => reference.node === value);
  if (file?.knowledge)
    return [file.knowledge.facts ? fileText(file.knowledge.facts) : file.knowledge.problem.message];
  return [
    layerText(model, node),
    lossText(model, node, options),
    countText(model, path.join("."), isKey),
  ].flatMap((part) => part ?? []);
}

/** "60 000 samples of [28, 28, 1], uint8 · 10 classes". */
export function fileText({
  count,
  shape,
  dtype,
  classes,
  classNames,
  parameters,
  inputs,
  outputs,
  endsInSoftmax,
  bytes,
}: FileFacts): string {
  const samples = count === undefined ? undefined : counted(count, "sample");
  const of = shape === undefined || shape.length === 0 ? "" : ` of ${shapeText(shape)}`;
  const names = classNames && classNames.length <= 12 ? `: ${classNames.join(", ")}` : "";
  const lines = [
    samples === undefined ? undefined : `${samples}${of}${dtype ? `, ${dtype}` : ""}`,
    classes === undefined ? undefined : `${classes} classes${names}`,
    parameters === undefined ? undefined : counted(parameters),
    inputs && `in: ${inputs.map(portText).join(", ")}`,
    outputs && `out: ${outputs.map(portText).join(", ")}${endsInSoftmax ? " (probabilities)" : ""}`,
    bytes === undefined ? undefined : sizeText(bytes),
  ];
  return lines.filter((line) => line !== undefined).join("  \n");
}

const portText = ({ name, shape }: ModelPort): string => `\`${name}\` ${shapeText(shape)}`;

function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** On the type of a layer: what goes in and what comes out. */
function layerText(model: Model, node: Node): string | undefined {
  const object = node.parent?.parent;
  if (node.parent?.type !== "property" || keyOf(node.parent) !== "type" || !object) return undefined;
  const layer = layersOf(model).find((layer) => layer.node === object)?.planned;
  if (!layer) return undefined;
  const from = layer.inputShapes.map(shapeText).join(", ");
  return `\`${layer.name}\`: ${from} → ${shapeText(layer.outputShape)} · ${counted(layer.parameterCount)}`;
}

/** On the type of a loss, or on `losses`: its curve, once it has one. */
function lossText({ losses }: Model, node: Node, { curve }: HoverOptions): string | undefined {
  const property = node.parent;
  if (!curve || property?.type !== "property") return undefined;
  const key = keyOf(property);
  const loss = losses.find((loss) => loss.node !== undefined && loss.node === property.parent);
  if (loss && key === "type") return curve(loss.name);
  const isList = properties(property.parent).length > 0 && property.parent?.parent === undefined;
  return isList && key === "losses" ? curve("loss") : undefined;
}

function countText({ duration, data }: Model, path: string, isKey: boolean): string | undefined {
  if (path !== "data.batchSize" || !isKey || duration.stepsPerEpoch === undefined) return undefined;
  return `${counted(duration.stepsPerEpoch, "step")} an epoch (${grouped(data.trainCount ?? 0)} training samples)`;
}
