import { check, mnist } from "../../../test/support/checkRule.ts";
import { dataProblem } from "./dataProblem.ts";

const problem = { code: "not-a-number", message: "Text in line 7." };
const tables = (path: string) =>
  `{ "data": { ▸"train"◂: { "type": "csv", "path": "a.csv", "label": 0 }, "test": { "type": "csv", "path": ${path}, "label": 0 } } }`;

check(dataProblem, tables('"b.csv"').replaceAll(/[▸◂]/g, "").replace('"b.csv"', '▸"b.csv"◂'), {
  samples: { problem: { ...problem, path: "b.csv" } },
  message: /line 7/,
  severity: "error",
});
check(dataProblem, tables('"b.csv"'), { samples: { problem } });
// What the headers tell is said there.
const train = `{ "data": { "train": ${mnist} } }`;
check(dataProblem, train, { samples: { problem }, files: { x: "There is no file x." } });
check(dataProblem, train, { samples: { problem }, files: { x: { count: 3 }, y: { count: 2 } } });
// A teacher's file that is not there has nothing to do with it.
check(dataProblem, `{ "data": { ▸"train"◂: ${mnist} }, "teacher": { "type": "onnx", "path": "t.onnx" } }`, {
  samples: { problem },
  files: { "t.onnx": "There is no file t.onnx." },
});
check(
  dataProblem,
  `{ "data": { ▸"train"◂: ${mnist} }, "teacher": { "type": "tfjs", "path": "model.json" } }`,
  {
    samples: { problem },
    files: { "model.json": "There is no file model.json." },
  },
);
