import type { JSONPath, Node } from "jsonc-parser";
import type { NetQuery, OwnStudentSpec } from "../../modules/examined.ts";
import type { Shape } from "../../nets/layers/layer.ts";
import type { LayerSpec } from "../../nets/shapes.ts";
import { isModulePath } from "../../parameters/moduleName.ts";
import type { FileReference } from "../facts.ts";
import { dataOf } from "../parse.ts";
import { member, textOf } from "./values.ts";

/** Where a net stands, and what it is for. */
interface Place {
  readonly at: JSONPath;
  readonly shape: Shape | undefined;
  readonly outputs: number | undefined;
}

/** The query about the shapes that modules give in a net; undefined where it has none, or too little is known. */
export function ownNetReference(
  node: Node,
  layers: { readonly nodes: readonly Node[]; readonly specs: readonly LayerSpec[] | undefined },
  place: Place,
): FileReference | undefined {
  const { shape: input, outputs = 1 } = place;
  if (input === undefined) return undefined;
  const of = (owner: Node, at: JSONPath, net: NetQuery["net"]): FileReference | undefined => {
    const tag = member(owner, "type");
    const path = textOf(tag);
    return tag === undefined || path === undefined
      ? undefined
      : { path, kind: "module", node: tag, at: [...at, "type"], net: { net, input, outputs } };
  };
  const type = textOf(member(node, "type"));
  if (type !== undefined && isModulePath(type))
    return place.outputs === undefined
      ? undefined
      : of(node, place.at, { student: dataOf(node) as OwnStudentSpec });
  const { specs, nodes } = layers;
  const first = specs?.findIndex(({ type }) => isModulePath(type)) ?? -1;
  const owner = nodes[first];
  return owner && specs && of(owner, [...place.at, "layers", first], { layers: specs });
}
