import { check } from "../../../test/support/checkRule.ts";
import { sweepPath } from "./sweepPath.ts";

const losses = `"losses": [{ "type": "kd", "temperature": 2 }, { "type": "ce" }]`;
const sweep = (parameters: string) => `"sweep": { "parameters": { ${parameters} } }`;

check(sweepPath, `{ ${losses}, ${sweep(`"losses[0].temperature": [1, 2], "losses[1].weight": [0.5]`)} }`);
check(sweepPath, `{ ${losses}, ${sweep(`▸"losses[0].temprature"◂: [1]`)} }`, {
  severity: "error",
  message: /This experiment has no "losses\[0\]\.temprature"\. Did you mean "losses\[0\]\.temperature"\?/,
  fixed: `"losses[0].temperature": [1]`,
});
check(sweepPath, `{ ${losses}, ${sweep(`▸"losses[2].weight"◂: [1]`)} }`, { message: /losses has 2 items/ });
check(sweepPath, `{ ${losses}, ${sweep(`▸"losses.temperature"◂: [1]`)} }`, {
  message: /losses is a list/,
  fixed: `"losses[0].temperature": [1]`,
});
check(sweepPath, `{ ${losses}, ${sweep(`▸"losses[0]..x"◂: [1]`)} }`, {
  message: /is not the path of a value/,
});

// Where the short form is used, what it is short for leads nowhere.
check(sweepPath, `{ "temperature": 2, ${sweep(`▸"losses[0].temperature"◂: [1]`)} }`, {
  fixed: `"temperature": [1]`,
});

// What is left to the default can vary all the same; only of the variant that it is.
check(
  sweepPath,
  `{ ${sweep(`"optimizer.learningRate": [0.1], "training.epochs": [1], "temperature": [2]`)} }`,
);
check(
  sweepPath,
  `{ "optimizer": { "type": "adamw" }, ${sweep(`▸"optimizer.momentum"◂: [0.9], "optimizer.betas": [[0.9, 0.99]]`)} }`,
);
check(
  sweepPath,
  `{ "student": { "preset": "mlp", "hidden": [4] }, ${sweep(`"student": [{ "model": "m.json" }]`)} }`,
);

// What no run is another one by.
check(sweepPath, `{ ${sweep(`▸"seed"◂: [1, 2]`)} }`, { message: /give them as `seeds`/ });
check(sweepPath, `{ ${sweep(`▸"name"◂: ["a"]`)} }`, { message: /does not change what is trained/ });
check(sweepPath, `{ ${sweep(`▸"sweep.runs"◂: [1]`)} }`);
check(
  sweepPath,
  `{ "teacher": { "type": "layers", "layers": [], "train": {} }, ${sweep(`▸"seed"◂: [1, 2]`)} }`,
  { message: /give them as `seeds`, beside `sweep`\.$/, fixes: [] },
);
// Of several that end so, none is meant more than the others.
check(sweepPath, `{ ${losses}, ${sweep(`▸"weight"◂: [1, 2]`)} }`, { fixes: [] });
check(sweepPath, `{ ${losses}, ${sweep(`▸"a..b"◂: [1]`)} }`, { fixes: [] });

check(
  sweepPath,
  `{ "stages": [{ "name": "a", "training": { "steps": 5 } }], "sweep": { "parameters": { "stages[0].training.steps": [1, 2], ▸"stages[0].name"◂: ["b", "c"] } } }`,
  { message: /^"stages\[0\]\.name" does not change what is trained/ },
);

const typed = (conditions: string) =>
  `{ "losses": [{ "type": "kd" }], "sweep": { "parameters": { "losses[0].type": ["kd", "dkd"], ▸"losses[0].beta"◂: [4, 8] }${conditions} } }`;
const condition = `"losses[0].beta": { "losses[0].type": ["dkd"] }`;
check(sweepPath, typed(`, "conditions": { ${condition} }`).replaceAll(/[▸◂]/g, ""));
check(sweepPath, typed(""), {
  message:
    /^There is "losses\[0\]\.beta" only where "losses\[0\]\.type" is "dkd": the sweep needs a condition\.$/,
  fixed: `"conditions": { ${condition} }`,
});
check(sweepPath, typed(`, "conditions": { "losses[0].weight": {} }`), {
  fixed: `{ "losses[0].weight": {}, ${condition} }`,
});
