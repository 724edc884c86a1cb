import { check } from "../../../test/support/checkRule.ts";
import { embeddingFirst } from "./embeddingFirst.ts";

const data = '"data": { "train": { "type": "csv", "path": "t.csv", "label": 0 } }';
const files = { "t.csv": { count: 10, shape: [2], classes: 2 } };
const embedding = (type = '"embedding"') => `{ "type": ${type}, "inputDim": 9, "outputDim": 2 }`;
const relu = '{ "type": "activation", "activation": "relu" }';
const dense = '{ "type": "dense", "units": 2 }';

check(
  embeddingFirst,
  `{ ${data}, "student": { "layers": [${dense}, ${relu}, ${embedding('▸"embedding"◂')}] } }`,
  { files, severity: "error" },
);
check(embeddingFirst, `{ ${data}, "student": { "layers": [${relu}, ${embedding()}, ${dense}] } }`, { files });
check(
  embeddingFirst,
  `{ ${data}, "student": { "layers": [{ "type": "dense", "units": 2, "name": "a" }, { "type": "embedding", "inputDim": 9, "outputDim": 2, "inputs": "input" }] } }`,
  { files },
);
check(
  embeddingFirst,
  `{ ${data}, "student": { "layers": [${dense}, { "type": "add", "inputs": ["input", "dense_1"] }, ${embedding('▸"embedding"◂')}] } }`,
  { files },
);
check(
  embeddingFirst,
  `{ ${data}, "teacher": { "type": "layers", "layers": [${dense}, ${embedding('▸"embedding"◂')}] } }`,
  { files },
);
