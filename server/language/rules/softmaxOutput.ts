import type { Node } from "jsonc-parser";
import { taskOf } from "../../tasks/tasks.ts";
import { fix, replace, type Uncoded, warning } from "../finding.ts";
import { removeItem } from "../insert.ts";
import { items, member, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** Losses take logits; with a softmax in the net it would be applied twice, and training would silently suffer. */
export const softmaxOutput: Rule = {
  code: "softmax-output",
  *check({ at, parsed, student, task }) {
    const { activation } = taskOf(task);
    if (activation === undefined) return;
    const facts = student?.file?.knowledge?.facts;
    // An exported model declares its output, and the softmax that the export added is removed again.
    if (activation === "softmax" && student?.file && facts?.endsInSoftmax && facts.card?.output === undefined)
      yield warning(
        student.file.reference.node,
        "The student's model ends in a softmax, which is dropped: losses take logits and apply it themselves.",
      );
    yield* activationAtTheEnd(at("student", "layers"), activation, "student", parsed.text);
    // A teacher may give probabilities, if declared.
    if (at("teacher", "outputs")?.value !== "probabilities")
      yield* activationAtTheEnd(at("teacher", "layers"), activation, "teacher", parsed.text);
  },
};

function* activationAtTheEnd(
  layers: Node | undefined,
  end: string,
  role: string,
  text: string,
): Generator<Uncoded> {
  const last = items(layers).at(-1);
  if (!last) return;
  const type = member(last, "type");
  const activation = member(last, "activation");
  const message = `The ${role}'s last layer ends in a ${end}: losses take logits and apply it themselves.`;
  if (type?.value === end) {
    yield warning(type, message, fix("Remove the layer", removeItem(text, last)));
  } else if (activation?.value === end) {
    const isAllOfIt = textOf(type) === "activation";
    const repair = isAllOfIt
      ? fix("Remove the layer", removeItem(text, last))
      : fix('Change to "linear"', replace(activation, '"linear"'));
    yield warning(activation, message, repair);
  }
}
