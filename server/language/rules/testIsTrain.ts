import { warning } from "../finding.ts";
import type { SourceModel } from "../model/data.ts";
import { normalised } from "../references.ts";
import type { Rule } from "./rule.ts";

/** A result measured on samples that were trained on says nothing. */
export const testIsTrain: Rule = {
  code: "test-is-train",
  *check({ data: { train, validation, test } }) {
    for (const [name, source] of [
      ["test", test],
      ["validation", validation],
    ] as const) {
      const [file] = source?.files ?? [];
      if (!train || !source || !file || filesOf(source) !== filesOf(train)) continue;
      yield warning(
        file.reference.node,
        `The ${name} samples are the training samples: what is measured on them says nothing about new ones.`,
      );
    }
  },
};

const filesOf = ({ files }: SourceModel): string =>
  JSON.stringify(files.map(({ reference }) => [normalised(reference.path), reference.arrays ?? null]));
