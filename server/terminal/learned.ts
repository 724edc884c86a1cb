import type { RunResult } from "../../schemas/run-event.gen.ts";
import { grouped } from "../grouped.ts";

type Learned = NonNullable<RunResult["teacherLearned"]>;

/** Size of a model without parameters, as in `100 trees, 4,312 nodes`; a dash where it is not known. */
export function learned({ trees, treeNodes = 0, supportVectors }: Learned = {}): string {
  const parts = [
    ...(trees === undefined
      ? []
      : [`${grouped(trees)} tree${trees === 1 ? "" : "s"}, ${grouped(treeNodes)} nodes`]),
    ...(supportVectors === undefined ? [] : [`${grouped(supportVectors)} support vectors`]),
  ];
  return parts.length === 0 ? "–" : parts.join(", ");
}

/** Of a network: its parameters, its trees and support vectors, or all of them. */
export function sizeWords(parameters: number | undefined, its?: Learned): string {
  if (parameters === undefined) return learned(its);
  return its === undefined ? grouped(parameters) : `${grouped(parameters)}, ${learned(its)}`;
}
