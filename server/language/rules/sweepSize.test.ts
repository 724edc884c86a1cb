import { check } from "../../../test/support/checkRule.ts";
import { sweepSize } from "./sweepSize.ts";

const numbers = (count: number) => JSON.stringify(Array.from({ length: count }, (_, index) => index + 1));

check(sweepSize, `{ "sweep": { "parameters": { "temperature": [1, 2] } }, "seeds": [1, 2] }`);
check(sweepSize, `{ "sweep": { "parameters": ▸{}◂ } }`, { severity: "error", message: /Nothing varies/ });
check(sweepSize, `{ "sweep": { "parameters": { "temperature": [1, ▸1.0◂] } } }`, {
  severity: "warning",
  fixed: `"temperature": [1]`,
});
check(sweepSize, `{ "sweep": { "parameters": { "student.hidden": [[4], [4, 4], ▸[4]◂] } } }`);
check(sweepSize, `{ "seeds": [1, 2, ▸1◂] }`);

check(sweepSize, `{ "sweep": { "parameters": { "temperature": [1] }, ▸"runs"◂: 5 } }`, {
  severity: "warning",
});
check(sweepSize, `{ "sweep": { "parameters": { "temperature": [1] }, "method": "random", "runs": 5 } }`);

// A product grows faster than one thinks.
check(
  sweepSize,
  `{ ▸"sweep"◂: { "parameters": { "temperature": ${numbers(11)}, "alpha": ${numbers(10)} } } }`,
  {
    severity: "warning",
    message: /110 runs/,
  },
);
check(
  sweepSize,
  `{ ▸"sweep"◂: { "parameters": { "temperature": ${numbers(40)}, "alpha": ${numbers(30)} } } }`,
  {
    severity: "error",
    message: /1.200 runs.*at most 1.000/,
  },
);
check(sweepSize, `{ ▸"seeds"◂: ${numbers(101)} }`, {
  severity: "warning",
  message: /^These are 101 runs\. Fewer `seeds` make fewer\.$/,
});
check(
  sweepSize,
  `{ ▸"sweep"◂: { "method": "random", "runs": 1001, "parameters": { "alpha": { "min": 0.1, "max": 0.9 } } } }`,
  { severity: "error", message: /at most 1,000 runs are possible\. `runs` and `seeds` say how many\.$/ },
);
check(
  sweepSize,
  `{ "sweep": { "method": "random", "runs": 20, "parameters": { "temperature": ${numbers(40)}, "alpha": ${numbers(30)} } } }`,
);

// At the limits.
const product = (...counts: number[]) =>
  counts.map((count, index) => `"${["temperature", "alpha", "seed"][index]}": ${numbers(count)}`).join(", ");
check(sweepSize, `{ "sweep": { "parameters": { ${product(10, 10)} } } }`);
check(sweepSize, `{ ▸"sweep"◂: { "parameters": { ${product(10, 10, 10)} } } }`, { severity: "warning" });
check(sweepSize, `{ ▸"sweep"◂: { "parameters": { ${product(7, 11, 13)} } } }`, {
  severity: "error",
  message: /^These are 1,001 runs; at most 1,000 runs are possible\./,
});
