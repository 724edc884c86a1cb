import { check } from "../../../test/support/checkRule.ts";
import { classCounts } from "./classCounts.ts";

const table = (label: string) =>
  `{ "data": { "train": { "type": "csv", "path": "t.csv", "label": ${label} } } }`;
const counts = (...classCounts: number[]) => ({ facts: { classCounts } });
const many = (classes: number, ...others: number[]) =>
  counts(...Array.from({ length: classes }, () => 1), ...others);

// Diabetes of scikit-learn has 214 values of progression for 442 samples, here 21 for 62.
check(classCounts, table('▸"y"◂'), {
  samples: many(20, 42),
  severity: "warning",
  message: /^62 samples have 21 different labels: this looks like regression/,
});
check(classCounts, table('▸"y"◂'), { samples: many(20, 43), message: /^20 of 21 classes have a single/ });
check(classCounts, table('▸"y"◂'), {
  samples: { facts: { ...many(20, 42).facts, areNamed: true } },
  message: /^20 of 21 classes have a single/,
});
check(classCounts, table('▸"y"◂'), {
  samples: counts(0, 9, 9),
  message: /start at 1\. With "exclude": \[0\] in `data`/,
});
check(classCounts, table('▸"y"◂'), {
  samples: counts(9, 9, 0, 9),
  message: /^Of the classes 0 … 3, 1 has no training sample: 2\./,
});
// What is left out already is not left out again.
check(classCounts, table('▸"y"◂').replace('"data": {', '"data": { "exclude": [3],'), {
  samples: counts(0, 9, 9),
  message: /start at 1/,
});
check(classCounts, table('▸"y"◂'), { samples: counts(9, 1, 9), message: /^1 of 3 classes has a single/ });
check(classCounts, table('"y"'), { samples: counts(2, 2) });
check(classCounts, table('"y"').replace('"data": {', '"data": { "classes": 4,'), {
  samples: counts(9, 9, 0, 9),
});
check(classCounts, table('"y"'));
// Classes without a sample are no labels that there are.
const zeros = (count: number) => Array.from({ length: count }, () => 0);
check(classCounts, table('▸"y"◂'), { samples: many(20, ...zeros(5), 1), message: /^21 samples have 21/ });
check(classCounts, table('▸"y"◂'), {
  samples: many(19, ...zeros(5), 1),
  message: /^Of the classes 0 … 24, 5 have no training sample: 19, 20, 21, 22, 23\. /,
});
check(classCounts, table('▸"y"◂'), {
  samples: counts(0, 0, 9),
  message: /^Of the classes 0 … 2, 2 have no training sample: 0, 1\. /,
});
check(classCounts, table('▸"y"◂'), {
  samples: counts(9, ...zeros(8), 9),
  message: /8 have no training sample: 1, 2, 3, 4, 5, 6, 7, 8\. /,
});
check(classCounts, table('▸"y"◂'), {
  samples: counts(9, ...zeros(9), 9),
  message: /9 have no training sample: 1, 2, 3, 4, 5, 6, 7, 8, …\. /,
});
check(
  classCounts,
  `{ "data": { "train": { "type": "npz", "path": ▸"d.npz"◂, "features": "x", "labels": "y" } } }`,
  { samples: counts(9, 1) },
);
