import { check } from "../../../test/support/checkRule.ts";
import { maskLost } from "./maskLost.ts";

const files = { "t.json": { vocabulary: 100, padding: 0 } };
const experiment = (layers: string, mask = ', "maskToken": 0') =>
  `{ "data": { "train": { "type": "text", "path": "r.csv", "text": "t", "label": "y", "tokenizer": "t.json", "maxLength": 8 } }, "student": { "layers": [{ "type": "embedding", "inputDim": 100, "outputDim": 4${mask} }, ${layers}, { "type": "dense", "units": 2 }] } }`;
const pool = '{ "type": "globalAveragePooling1d" }';
const convolution = (type: string) => `{ "type": ${type}, "filters": 4, "kernelSize": 3 }, ${pool}`;

check(maskLost, experiment(convolution('▸"conv1d"◂')), {
  files,
  message: /^conv1d.* takes padding for words/,
});
check(maskLost, experiment(convolution('"conv1d"'), ""), { files });
check(maskLost, experiment('{ "type": ▸"flatten"◂ }'), { files });
check(maskLost, experiment('{ "type": ▸"reshape"◂, "targetShape": [32] }'), { files });
check(maskLost, experiment(`{ "type": ▸"batchNormalization"◂ }, { "type": "relu" }, ${pool}`), { files });
check(
  maskLost,
  experiment(
    `{ "type": "multiHeadAttention", "heads": 2, "keyDim": 2 }, { "type": "layerNormalization" }, { "type": "dropout", "rate": 0.1 }, ${pool}`,
  ),
  { files },
);
