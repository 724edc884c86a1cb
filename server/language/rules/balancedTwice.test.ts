import { check } from "../../../test/support/checkRule.ts";
import { balancedTwice } from "./balancedTwice.ts";

const experiment = (sampler: string, losses: string, more = "") =>
  `{ "data": { ${sampler} }, "losses": [{ "type": "kd" }, ${losses}]${more} }`;
const weighed = (weights: string) => `{ "type": "ce", "classWeights": ${weights} }`;
const balanced = `"sampler": "balanced"`;

check(balancedTwice, experiment(balanced, weighed("▸[1, 1, 5]◂")), {
  severity: "warning",
  message: /^The classes are balanced twice: `sampler` "balanced" .* `classWeights` .* Remove one of them\.$/,
  fixes: ["Remove `classWeights`", "Remove `sampler`"],
  fixed: `{ "type": "ce" }`,
});
// In every list of losses.
const alone = `, "baselines": { "studentAlone": { "losses": [${weighed("▸[1, 3]◂")}] } }`;
check(balancedTwice, experiment(balanced, weighed("▸[2, 1]◂"), alone));
check(
  balancedTwice,
  experiment(balanced, `{ "type": "ce" }`, `, "stages": [{ "losses": [${weighed("▸[1, 3]◂")}] }]`),
);
// Equal weights weigh nothing, and one of both alone is as it should be.
check(balancedTwice, experiment(balanced, weighed("[2, 2, 2]")));
check(balancedTwice, experiment(balanced, `{ "type": "ce" }`));
check(balancedTwice, experiment(`"sampler": "all"`, weighed("[1, 1, 5]")));
check(balancedTwice, experiment("", weighed("[1, 1, 5]")));
