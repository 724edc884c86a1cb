import { check } from "../../../test/support/checkRule.ts";
import type { Schema } from "../../parameters/schema.ts";
import { moduleKeys } from "./moduleKeys.ts";

const schema: Schema = {
  description: "Focal loss.",
  type: "object",
  required: ["type", "classes"],
  properties: {
    type: { type: "string", const: "./focal.ts" },
    gamma: { type: "number", minimum: 0, maximum: 10, default: 2 },
    form: { type: "string", enum: ["hard", "soft"], default: "soft" },
    sizes: { type: "array", minItems: 2, items: { type: "integer" }, default: [1, 2] },
    classes: { description: "How many.", type: "integer", minimum: 2, examples: [10] },
    weight: { type: "number", minimum: 0, default: 1 },
    name: { type: "string" },
  },
};
const module = { kind: "loss", schema } as const;
const files = { "./focal.ts": { module } };
const losses = (rest: string) => `{ "losses": [{ "type": "./focal.ts", ${rest} }] }`;

check(
  moduleKeys,
  losses(`"classes": 3, "gamma": 1.5, "form": "hard", "sizes": [3, 4], "weight": 0.5, "name": "own"`),
  { files },
);
check(moduleKeys, losses(`"classes": 3, ▸"gama"◂: 2`), {
  files,
  message: /Unknown key "gama" in "losses\[0\]" \(\.\/focal\.ts\)\. Did you mean "gamma"\?/,
  fixed: '"gamma": 2',
});
check(moduleKeys, losses(`"classes": 3, "gamma": ▸11◂`), {
  files,
  message: /^Expected a number ≥ 0 and ≤ 10; found 11\.$/,
});
check(moduleKeys, losses(`"classes": 3, "gamma": ▸"2"◂`), {
  files,
  message: /^Expected a number/,
  fixed: '"gamma": 2',
});
check(moduleKeys, losses(`"classes": ▸2.5◂`), { files, message: /^Expected an integer ≥ 2; found 2\.5\.$/ });
check(moduleKeys, losses(`"classes": 3, "form": ▸"sofd"◂`), {
  files,
  message: /Did you mean "soft"\?/,
  fixed: '"form": "soft"',
});
check(moduleKeys, losses(`"classes": 3, "sizes": ▸[3]◂`), {
  files,
  message: /^Expected a list of at least 2; found 1\.$/,
});
check(moduleKeys, `{ "losses": [▸{◂ "type": "./focal.ts" }] }`, {
  files,
  message: /"classes" is missing/,
  fixed: '"classes": 10',
});
check(moduleKeys, `{ "losses": [{ "type": ▸"./focal.ts"◂, "classes": 3 }] }`, {
  files: {
    "./focal.ts": {
      module: { ...module, problem: { code: "module-impure", message: "focal.ts:3:5: it reads a value." } },
    },
  },
  message: /^focal\.ts:3:5: it reads a value\.$/,
});
// A module that nobody has looked at may declare anything.
check(moduleKeys, losses(`"anything": 1`));
