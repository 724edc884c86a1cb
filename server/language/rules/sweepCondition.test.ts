import { check } from "../../../test/support/checkRule.ts";
import { sweepCondition } from "./sweepCondition.ts";

const sweep = (parameters: string, conditions: string) =>
  `{ "losses": [{ "type": "kd" }], "sweep": { "parameters": { ${parameters} }, "conditions": { ${conditions} } } }`;
const losses = `"losses[0].type": ["kd", "dkd"], "losses[0].beta": [2, 8]`;

check(sweepCondition, sweep(losses, `"losses[0].beta": { "losses[0].type": ["dkd"] }`));
check(sweepCondition, sweep(losses, `"losses[0].beta": { ▸"losses[0].typ"◂: ["dkd"] }`), {
  severity: "error",
  message:
    /not among the `parameters` of the sweep, and has one value in all runs\. Did you mean "losses\[0\]\.type"\?/,
  fixed: `{ "losses[0].type": ["dkd"] }`,
});
check(
  sweepCondition,
  sweep(losses, `"losses[0].beta": { ▸"engine"◂: ["auto"], "losses[0].type": ["dkd"] }`),
  {
    fixes: ['Remove "engine"'],
    fixed: `{ "losses[0].type": ["dkd"] }`,
  },
);
check(sweepCondition, sweep(losses, `▸"temperature"◂: { "losses[0].type": ["dkd"] }`), {
  message: /so that nothing waits for this/,
  fixes: ['Remove "temperature"'],
});
check(sweepCondition, sweep(losses, `"losses[0].beta": { "losses[0].type": [▸"dkb"◂] }`), {
  message: /"losses\[0\]\.type" is never "dkb": the sweep tries "kd", "dkd"\. Did you mean/,
  fixed: `["dkd"]`,
});
check(sweepCondition, sweep(losses, `"losses[0].beta": { "losses[0].type": ["dkd", ▸3◂] }`), {
  fixes: ["Remove it"],
  fixed: `["dkd"] }`,
});
const weighed = `"losses[0].type": ["kd", "dkd"], "losses[0].weight": [1, 2]`;
check(sweepCondition, sweep(weighed, `"losses[0].weight": { ▸"losses[0].type"◂: ["kd", "dkd"] }`), {
  severity: "warning",
  message: /^This holds for every value/,
  fixes: ['Remove "losses[0].type"'],
});
check(sweepCondition, sweep(losses, `"losses[0].beta": { ▸"losses[0].beta"◂: [2] }`), {
  message: /"losses\[0\]\.beta" waits for itself: it is never tried/,
  fixes: ['Remove "losses[0].beta"'],
});
check(
  sweepCondition,
  sweep(
    losses,
    `"losses[0].beta": { ▸"losses[0].type"◂: ["dkd"] }, "losses[0].type": { ▸"losses[0].beta"◂: [2] }`,
  ),
  { message: /waits for "losses\[0\]\.type", which waits for it/ },
);

const drawn = `"alpha": { "min": 0, "max": 0.9 }, "temperature": [2, 4]`;
check(sweepCondition, sweep(drawn, `"temperature": { "alpha": { "min": 0.1 } }`));
check(sweepCondition, sweep(drawn, `"temperature": { ▸"alpha"◂: { "min": 1 } }`), {
  message: /"alpha" is never within these bounds: "alpha" is drawn from the numbers from 0 to 0\.9/,
});
check(sweepCondition, sweep(drawn, `"temperature": { "alpha": [▸0.5◂] }`), {
  message: /Give bounds/,
  fixed: `"alpha": { "min": 0.5 }`,
});
const students = `"student": [{ "preset": "mlp", "hidden": [8] }, { "preset": "lenet" }], "student.hidden[0]": [4, 16]`;
check(sweepCondition, sweep(students, `"student.hidden[0]": { "student.preset": ["mlp"] }`));
check(sweepCondition, sweep(students, `"student.hidden[0]": { "student.kind": [▸"mlp"◂] }`), {
  message: /no value of "student" has it/,
});
