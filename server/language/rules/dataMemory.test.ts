import { check } from "../../../test/support/checkRule.ts";
import { dataMemory } from "./dataMemory.ts";

const machine = { memory: 1e9, hasGpuEngine: false };
const data = (more = "") =>
  `{ "data": { "train": { "type": "npy", "features": "x", "labels": "y"${more} }, "storage": "memory" } }`;
const of = (count: number, dtype: string) => ({ x: { count, shape: [1000], dtype }, y: { count } });

check(dataMemory, data().replace('"x"', '▸"x"◂'), {
  files: of(250_001, "float64"),
  machine,
  message:
    /take 1\.0 GB in memory, and the machine has 1\.0 GB\. `take` fewer of them, or say "storage": "auto"/,
});
check(dataMemory, data(), { files: of(250_000, "float64"), machine });
check(dataMemory, data(), { files: of(1_000_000, "uint8"), machine });
check(dataMemory, data(', "take": 1000'), { files: of(250_001, "float64"), machine });
check(dataMemory, data(), { files: of(250_001, "float64") });
check(dataMemory, data(), { files: of(250_001, "bool"), machine });
check(dataMemory, data().replace('"x"', '▸"x"◂'), { files: of(1_000_001, "bool"), machine });
// What is not known is not too large.
const y = { count: 1_000_000, shape: [], dtype: "int64" };
check(dataMemory, data(), { files: { x: { count: 1_000_000, shape: [1000] } }, machine });
check(dataMemory, data(), { files: { x: { shape: [1000], dtype: "float32" } }, machine });
check(dataMemory, data(), { files: { x: { count: 1_000_000, dtype: "float32" }, y }, machine });
check(dataMemory, data().replace('"x"', '▸"x"◂'), { files: { ...of(250_001, "float32"), y }, machine });
// What can be read from disk need not fit.
check(dataMemory, data().replace("memory", "auto"), { files: of(250_001, "float64"), machine });
check(dataMemory, data().replace(`, "storage": "memory"`, ""), { files: of(250_001, "float64"), machine });
