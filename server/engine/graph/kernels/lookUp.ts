import type { TableSpec } from "../../program.ts";
import type { Value } from "../graph.ts";
import type { Kernel, KernelTable } from "../kernel.ts";
import { lookUpRows } from "../tensorflow/tables.ts";

/** Rows of a table that the program holds; not a kernel of tfjs, see trace.ts. */
export const lookUp: KernelTable = {
  LookUp: {
    shape: ({ rows }, { row }) => [...rows.shape, ...row],
    dtype: (_, { dtype }) => (dtype === "int32" ? "int32" : "float32"),
    onnx: (_graph, _inputs, { table }) => {
      throw new Error(`ONNX Runtime is fed its batches and holds no table ${table}`);
    },
    tensorflow: (graph, { rows }, { table, row, dtype }, output) =>
      lookUpRows(graph, graph.table(table), { rows, row, dtype, shape: output.shape }),
  } satisfies Kernel<{ rows: Value }, { table: string; row: readonly number[]; dtype: TableSpec["dtype"] }>,
};
