import type { Node } from "jsonc-parser";
import { inputName } from "../../nets/shapes.ts";
import { error, fix, replace, type Uncoded } from "../finding.ts";
import type { NetModel } from "../model/net.ts";
import { member } from "../model/values.ts";
import { suggestion } from "../suggest.ts";
import type { Rule } from "./rule.ts";

/** A loss that names a layer that the student or the teacher does not have, or lists of different length. */
export const lossLayer: Rule = {
  code: "loss-layer",
  *check({ losses, student, teacher }) {
    for (const { layers, node } of losses) {
      yield* unknownLayers("student", layers.student, student);
      yield* unknownLayers("teacher", layers.teacher, teacher);
      const [students, teachers] = [layers.student.length, layers.teacher.length];
      const place = node && member(node, "teacher");
      if (students === teachers || students === 0 || teachers === 0 || !place) continue;
      yield error(
        place,
        `${students} layers of the student are compared with ${teachers} of the teacher: name as many of each.`,
      );
    }
  },
};

function* unknownLayers(
  role: "student" | "teacher",
  names: readonly Node[],
  net: NetModel | undefined,
): Generator<Uncoded> {
  const known = net?.taps?.map(({ name }) => name);
  // Layers of a file that is too large or too old are not known.
  if (!known || known.length === 0) return;
  for (const node of names) {
    const name = String(node.value);
    if (known.includes(name)) continue;
    if (name === inputName) {
      yield error(node, `"${inputName}" is the sample, not a layer. Name a layer of the ${role}.`);
      continue;
    }
    const better = suggestion(name, known);
    const listed = known.slice(-mostNames).map((name) => `"${name}"`);
    const all = known.length > mostNames ? "Its last layers are" : "Its layers are";
    const hint = better ? `Did you mean "${better}"?` : `${all} ${listed.join(", ")}.`;
    yield error(
      node,
      `The ${role} has no layer "${name}". ${hint}`,
      ...(better ? [fix(`Change to "${better}"`, replace(node, JSON.stringify(better)))] : []),
    );
  }
}

/** The nearest to the output; a deep net has hundreds. */
const mostNames = 12;
