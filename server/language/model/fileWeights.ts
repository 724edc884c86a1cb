import type { Node } from "jsonc-parser";
import { type GivenNames, matchWeights, type WeightMatch } from "../../nets/weightMatch.ts";
import { dataOf, keyOf, properties } from "../parse.ts";
import type { FileModel } from "./file.ts";
import type { Model } from "./model.ts";
import { items, member, textOf } from "./values.ts";

/** The file with the weights that the student begins with, and what each of its layers takes from it. */
export interface FileWeightsModel {
  readonly file: FileModel;
  /** The student's `weightNames`. */
  readonly names: Node | undefined;
  /** Undefined where layers or file are not known. */
  readonly match: WeightMatch | undefined;
}

export function fileWeightsOf({
  student,
  files,
}: Pick<Model, "student" | "files">): FileWeightsModel | undefined {
  const path = member(student?.node, "weights");
  const file = path && files.find(({ reference }) => reference.node === path);
  if (!student || !file) return undefined;
  const names = member(student.node, "weightNames");
  const tensors = file.knowledge?.facts?.tensors;
  const { plan } = student;
  const layers = plan?.layers.filter((layer) => layer !== undefined);
  const isKnown = tensors && layers && plan?.problems.length === 0 && layers.length === plan.layers.length;
  const given: GivenNames = {
    weightNames: Object.fromEntries(
      properties(names).flatMap((property) => {
        const name = dataOf(property.children?.[1]);
        return typeof name === "string" ? [[keyOf(property), name]] : [];
      }),
    ),
    newWeights: items(member(student.node, "newWeights")).flatMap((node) => textOf(node) ?? []),
  };
  return { file, names, match: isKnown ? matchWeights(layers, tensors, given) : undefined };
}
