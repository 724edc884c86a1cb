import { check } from "../../../test/support/checkRule.ts";
import { paddingCounted } from "./paddingCounted.ts";

const files = { "t.json": { vocabulary: 100, padding: 1 } };
const experiment = (layer: string, type = "text") =>
  `{ "data": { "train": { "type": "${type}", "path": "r.csv", "text": "t", "label": "y", "tokenizer": "t.json", "maxLength": 8 } }, "student": { "layers": [${layer}, { "type": "globalAveragePooling1d" }, { "type": "dense", "units": 2 }] } }`;
const embedding = (more = "", kind = '"embedding"') =>
  `{ "type": ${kind}, "inputDim": 100, "outputDim": 2${more} }`;

check(paddingCounted, experiment(embedding(', "maskToken": 1')), { files });
check(paddingCounted, experiment(embedding(', "maskToken": ▸0◂')), { files, message: /padding is 1, not 0/ });
check(paddingCounted, experiment(embedding("", '▸"embedding"◂')), {
  files,
  fixed: experiment(embedding(', "maskToken": 1')),
});
check(paddingCounted, experiment(embedding(), "npy"), { files });
check(paddingCounted, experiment(embedding()), {});
