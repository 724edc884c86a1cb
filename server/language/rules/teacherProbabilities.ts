import { fix, replace, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { member, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/**
 * A teacher whose file ends in a softmax gives probabilities. What an ONNX model gives is looked at before it is taken: only one
 * that is said to give logits is said wrongly. An exported layers model says itself what it gives.
 */
export const teacherProbabilities: Rule = {
  code: "teacher-probabilities",
  *check({ teacher, parsed }) {
    const file = teacher?.file;
    const facts = file?.knowledge?.facts;
    const outputs = member(teacher?.node, "outputs");
    const isOnnx = file?.reference.kind === "onnx";
    if (!file || !facts || (isOnnx ? outputs?.value !== "logits" : outputs || facts.card?.output)) return;
    const output = textOf(member(teacher?.node, "output"));
    const named = facts.outputs?.find(({ name }) => name === output);
    if (!(output === undefined ? facts.endsInSoftmax : named?.probabilities)) return;
    const message = "The teacher ends in a softmax: it gives probabilities, not logits.";
    if (outputs) {
      yield warning(outputs, message, fix('Change to "probabilities"', replace(outputs, '"probabilities"')));
      return;
    }
    yield warning(
      file.reference.node,
      message,
      fix(
        'Add "outputs": "probabilities"',
        insertProperty(
          parsed.text,
          (teacher as NonNullable<typeof teacher>).node,
          "outputs",
          '"probabilities"',
        ),
      ),
    );
  },
};
