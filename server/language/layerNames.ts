import type { Node } from "jsonc-parser";
import { layerNames } from "../nets/shapes.ts";
import { pointedAt } from "./at.ts";
import { namedLayers } from "./model/losses.ts";
import { layerSpecs } from "./model/net.ts";
import { lossLists } from "./model/stages.ts";
import { items, member, textOf } from "./model/values.ts";
import { nodeAt, type Parsed } from "./parse.ts";
import { referencesOf } from "./rules/layerReference.ts";
import { sweptValues } from "./sweptValues.ts";
import { parsePath } from "./valuePath.ts";

/** A layer's name and all references to it: in the net, in the losses, and in a sweep. */
export interface LayerName {
  readonly name: string;
  /** The place at the offset. */
  readonly node: Node;
  /** The `name` property's value; undefined for a name that no layer has. */
  readonly definition: Node | undefined;
  /** The layer's definition: its name, else its type, else the net's preset or file. */
  readonly place: Node | undefined;
  readonly uses: readonly Node[];
  /** Names that the net has already. */
  readonly taken: ReadonlySet<string>;
}

/** The layer name at an offset, from its definition or from one of its uses. */
export function layerNameAt(parsed: Parsed, offset: number): LayerName | undefined {
  const pointed = pointedAt(parsed, offset);
  if (!pointed || pointed.isKey || pointed.node.type !== "string") return undefined;
  const { node } = pointed;
  const losses = lossLists(parsed.root).flatMap(items).map(namedLayers);
  for (const role of ["student", "teacher"] as const) {
    const layers = items(nodeAt(parsed.root, [role, "layers"]));
    const definitions = layers.flatMap((layer) => member(layer, "name") ?? []);
    const uses = [
      ...layers.flatMap(referencesOf),
      ...losses.flatMap((named) => named[role]),
      ...sweptUses(parsed.root, role),
    ];
    if (!definitions.includes(node) && !uses.includes(node)) continue;
    const name = textOf(node) ?? "";
    const definition = definitions.find((definition) => textOf(definition) === name);
    return {
      name,
      node,
      definition,
      place: definition ?? unnamed(layers, name) ?? source(nodeAt(parsed.root, [role]), layers),
      uses: uses.filter((use) => textOf(use) === name),
      taken: new Set(definitions.flatMap((definition) => textOf(definition) ?? [])),
    };
  }
  return undefined;
}

/** Among the values of a sweep: for `inputs`, for what a loss compares, and in losses as a whole. */
function sweptUses(root: Node | undefined, role: "student" | "teacher"): readonly Node[] {
  return sweptValues(root).flatMap(({ path, node }) => {
    const whole = parsePath(path) ?? [];
    const [top, ...rest] = whole[0] === "stages" ? whole.slice(2) : whole;
    const isName = (top === role && rest[2] === "inputs") || (top === "losses" && rest[1] === role);
    if (isName) return node.type === "array" ? items(node) : [node];
    if (top !== "losses" || rest.length > 1) return [];
    return (rest.length === 0 ? items(node) : [node]).flatMap((loss) => namedLayers(loss)[role]);
  });
}

/** The type of a layer without a name. */
function unnamed(layers: readonly Node[], name: string): Node | undefined {
  const specs = layerSpecs(layers);
  return specs && member(layers[layerNames(specs).indexOf(name)], "type");
}

const source = (net: Node | undefined, layers: readonly Node[]): Node | undefined =>
  layers.length > 0 ? undefined : (member(net, "preset") ?? member(net, "path") ?? member(net, "model"));
