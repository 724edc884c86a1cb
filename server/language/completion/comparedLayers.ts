import type { Schema } from "../../parameters/schema.ts";
import type { Model } from "../model/model.ts";
import type { NetModel, Tap } from "../model/net.ts";
import { shapeText } from "../numbers.ts";
import { resolved } from "../schema/schema.ts";
import { type Choice, kindOf } from "./item.ts";

/** Layers that a loss can compare, nearest to the output first; none where the value names no layer of a net. */
export function comparedLayers(schema: Schema, model: Model | undefined): Choice[] {
  const role = comparedNet(schema);
  const taps = (role && model?.[role]?.taps) ?? [];
  return taps.toReversed().map(({ name, type, shape }) => ({
    label: name,
    kind: kindOf.Reference,
    detail: [type ?? `of the ${role}`, shape && shapeText(shape)].filter((part) => part).join(" → "),
    isDetailInEachRow: true,
    text: JSON.stringify(name),
  }));
}

/** The schema's choice of losses, with layers of this experiment as examples. */
export function withOwnLayers(union: Schema, model: Model | undefined): Schema {
  const variants = (union.oneOf ?? []).map((variant) => resolved(variant));
  if (!model || !variants.some(({ seesLayers }) => seesLayers)) return union;
  return {
    ...union,
    oneOf: variants.map((variant) => (variant.seesLayers ? fitted(variant, model) : variant)),
  };
}

function fitted(loss: Schema, model: Model): Schema {
  const properties = Object.entries(loss.properties ?? {}).map(([key, unresolved]): [string, Schema] => {
    const property = resolved(unresolved);
    const role = comparedNet(property);
    // A choice between one layer and a list: the loss compares maps.
    const name = role && likely(model[role], property.oneOf !== undefined);
    return [key, name === undefined ? unresolved : { ...property, examples: [name] }];
  });
  return { ...loss, properties: Object.fromEntries(properties) };
}

/** The last layer before the logits, or the last map. A file may compute logits in several steps. */
function likely(net: NetModel | undefined, isMap: boolean): string | undefined {
  const hidden = net?.taps?.slice(0, -1);
  const isLikely = ({ type = "", shape }: Tap) =>
    isMap ? shape?.length === 3 : net?.file !== undefined && /relu|pool|flatten|reshape/i.test(type);
  const found = hidden?.findLast(isLikely);
  return (found ?? hidden?.at(-1))?.name;
}

/** The net of which a value names a layer, or a list of layers. */
const comparedNet = ({ layerOf, oneOf = [] }: Schema): Schema["layerOf"] =>
  layerOf ?? (oneOf[0] && resolved(oneOf[0]).layerOf);
