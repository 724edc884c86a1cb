import { hasPorts } from "../facts.ts";
import { fix, replace, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { member, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/**
 * A teacher whose file ends in a softmax gives probabilities. The trainer detects what an ONNX model gives, so only a
 * declaration of logits is wrong. An exported layers model declares its output itself.
 */
export const teacherProbabilities: Rule = {
  code: "teacher-probabilities",
  *check({ teacher, parsed }) {
    if (!teacher?.file?.knowledge?.facts) return;
    const { facts } = teacher.file.knowledge;
    const { node, kind } = teacher.file.reference;
    const outputs = member(teacher.node, "outputs");
    if (hasPorts(kind) ? outputs?.value !== "logits" : outputs || facts.card?.output) return;
    const output = textOf(member(teacher.node, "output"));
    const named = facts.outputs?.find(({ name }) => name === output);
    if (!(output === undefined ? facts.endsInSoftmax : named?.probabilities)) return;
    const message = "The teacher ends in a softmax: it gives probabilities, not logits.";
    if (outputs) {
      yield warning(outputs, message, fix('Change to "probabilities"', replace(outputs, '"probabilities"')));
      return;
    }
    yield warning(
      node,
      message,
      fix(
        'Add "outputs": "probabilities"',
        insertProperty(parsed.text, teacher.node, "outputs", '"probabilities"'),
      ),
    );
  },
};
