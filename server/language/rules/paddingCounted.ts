import { firstEmbeddings } from "../../nets/firstEmbeddings.ts";
import { fix, warning } from "../finding.ts";
import { insertProperty } from "../insert.ts";
import { member } from "../model/values.ts";
import type { Rule } from "./rule.ts";

/** A text's padding that the student takes for words. */
export const paddingCounted: Rule = {
  code: "padding-counted",
  *check({ student, data, samples, parsed }) {
    const tokenizer = data.train?.files.find(({ reference }) => reference.kind === "tokenizer");
    const padding = tokenizer?.knowledge?.facts?.padding ?? samples?.facts?.padding;
    if (padding === undefined || !student?.plan) return;
    const planned = student.plan.layers;
    for (const { name } of firstEmbeddings(planned.filter((layer) => layer !== undefined))) {
      const node = student.layers[planned.findIndex((layer) => layer?.name === name)];
      const given = node && member(node, "maskToken");
      if (node === undefined || given?.value === padding) continue;
      const repair =
        given === undefined
          ? [
              fix(
                `Add "maskToken": ${padding}`,
                insertProperty(parsed.text, node, "maskToken", String(padding)),
              ),
            ]
          : [];
      yield warning(
        given ?? member(node, "type") ?? node,
        given === undefined
          ? `${name} takes padding, ${padding}, for a word: what comes of a text then depends on its length. \`maskToken\` leaves it out of attention and of global pooling.`
          : `The number of padding is ${padding}, not ${given.value}.`,
        ...repair,
      );
    }
  },
};
