import { check } from "../../../test/support/checkRule.ts";
import { sweepQueued } from "./sweepQueued.ts";

const slurm = { executor: "slurm" } as const;
const sweep = (keys: string) => `{ "sweep": { "parameters": { "temperature": [1, 8] }, ${keys} } }`;

check(sweepQueued, sweep(`"method": ▸"asha"◂`), {
  ...slurm,
  severity: "error",
  message: /^`asha` goes on with each run as soon as it may/,
  fixes: ['Change to "halving"'],
  fixed: `"method": "halving"`,
});
check(sweepQueued, sweep(`"budget": { "flops": 9, "latencyMs": ▸0.5◂ }`), {
  ...slurm,
  severity: "error",
  message: /^The budget `latencyMs` is measured on this machine/,
  fixed: `"budget": { "flops": 9 }`,
});
check(sweepQueued, sweep(`"method": "halving", "budget": { "flops": 9 }`), slurm);
check(sweepQueued, sweep(`"method": "asha", "budget": { "latencyMs": 0.5 }`));
