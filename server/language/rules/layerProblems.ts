import type { Node } from "jsonc-parser";
import type { LayerProblem } from "../../nets/shapes.ts";
import type { Span } from "../finding.ts";
import type { Model } from "../model/model.ts";
import { member } from "../model/values.ts";

export interface PlacedProblem {
  readonly problem: LayerProblem;
  readonly layer: Node;
  readonly span: Span;
}

/** Problems of one kind in the layers of teacher and student, each at its place in the text. */
export function* layerProblems(
  { teacher, student }: Model,
  code: LayerProblem["code"],
): Generator<PlacedProblem> {
  for (const net of [teacher, student]) {
    for (const problem of net?.plan?.problems ?? []) {
      // A preset's layers are not in the text, so the preset is reported.
      const layer = net?.layers[problem.layer] ?? (net && member(net.node, "preset"));
      if (problem.code !== code || !net || !layer) continue;
      const span = (problem.key && member(layer, problem.key)) || member(layer, "type") || layer;
      yield { problem, layer, span };
    }
  }
}
