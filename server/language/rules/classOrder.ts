import { error } from "../finding.ts";
import type { Rule } from "./rule.ts";

/**
 * A layers model that names its classes has to name those of the data in the same order: its outputs stand for them by place
 * alone. Those of an ONNX model are taken by name.
 */
export const classOrder: Rule = {
  code: "class-order",
  *check({ at, data, teacher }) {
    const file = teacher?.file;
    const own = file?.knowledge?.facts?.card?.classNames;
    const names = data.train?.files.flatMap(({ knowledge }) => knowledge?.facts?.classNames ?? []) ?? [];
    // Where the experiment names the classes, the file's own are not those that count.
    if (file?.reference.kind !== "tfjs" || !own || names.length === 0 || at("data", "classes")) return;
    const place = names.findIndex((name, k) => name !== own[k]);
    if (place < 0) return;
    const found = own[place] === undefined ? "none" : `"${own[place]}"`;
    yield error(
      file.reference.node,
      `The teacher has other classes than the data: class ${place} is ${found} in the model and "${names[place]}" in the data.`,
    );
  },
};
