import { fix, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { member, textOf } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** A teacher whose file ends in a softmax gives probabilities; taken for logits they would be nearly uniform. */
export const teacherProbabilities: Rule = {
  code: "teacher-probabilities",
  *check({ teacher, parsed }) {
    const file = teacher?.file;
    const facts = file?.knowledge?.facts;
    if (!file || !facts || member(teacher?.node, "outputs")) return;
    const output = textOf(member(teacher?.node, "output"));
    const named = facts.outputs?.find(({ name }) => name === output);
    if (!(output === undefined ? facts.endsInSoftmax : named?.probabilities)) return;
    yield warning(
      file.reference.node,
      "The teacher ends in a softmax: it gives probabilities, not logits.",
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
