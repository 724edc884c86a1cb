import { sizeOf } from "../../../sizeOf.ts";
import type { Data, TableSpec } from "../../program.ts";
import type { Operand } from "../graphBuilder.ts";
import { reshaped } from "./reshaped.ts";
import type { TensorflowGraph } from "./tensorflowGraph.ts";

/**
 * Tables of any dtype are float32 variables, words of four bytes that are unpacked after rows are gathered: on a GPU,
 * TensorFlow has no int32 variables and gathers no rows of bytes.
 */
const wordBytes = 4;

const bytesOf = { float32: 4, int32: 4, uint8: 1 } as const;

/** [rows, words of a row] */
export function tableShape({ shape: [rows = 0, ...row], dtype }: TableSpec): readonly [number, number] {
  return [rows, Math.ceil((sizeOf(row) * bytesOf[dtype]) / wordBytes)];
}

/** The words of a table; a view of the given array where its rows fill whole words. */
export function tableWords(spec: TableSpec, data: Data): Float32Array {
  const [rows, words] = tableShape(spec);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const [rowBytes, padded] = [bytes.length / Math.max(rows, 1), words * wordBytes];
  if (rowBytes === padded && data.byteOffset % wordBytes === 0)
    return new Float32Array(data.buffer, data.byteOffset, rows * words);
  const filled = new Uint8Array(rows * padded);
  for (let row = 0; row < rows; row++)
    filled.set(bytes.subarray(row * rowBytes, (row + 1) * rowBytes), row * padded);
  return new Float32Array(filled.buffer);
}

/** Gathers rows of a table's words and converts them to the table's dtype: [...rows, ...row], bytes as float32. */
export function lookUpRows(
  graph: TensorflowGraph,
  table: Operand,
  {
    rows,
    row,
    dtype,
    shape,
  }: {
    readonly rows: Operand;
    readonly row: readonly number[];
    readonly dtype: TableSpec["dtype"];
    readonly shape: readonly number[];
  },
): string {
  const picked = graph.node("GatherV2", [table, rows, graph.int32(0)], {
    batch_dims: 0,
    Tparams: "float32",
    Tindices: "int32",
    Taxis: "int32",
  });
  if (dtype === "float32") return reshaped(graph, picked, "float32", shape);
  if (dtype === "int32")
    return reshaped(graph, graph.node("Bitcast", [picked], { T: "float32", type: "int32" }), "int32", shape);
  const count = sizeOf(shape) / sizeOf(row);
  const padded = Math.ceil(sizeOf(row) / wordBytes) * wordBytes;
  const bytes = graph.node("Bitcast", [picked], { T: "float32", type: "uint8" });
  const flat = reshaped(graph, bytes, "uint8", [count, padded]);
  const kept =
    padded === sizeOf(row)
      ? flat
      : graph.node("Slice", [flat, graph.int32([0, 0]), graph.int32([count, sizeOf(row)])], {
          T: "uint8",
          Index: "int32",
        });
  const floats = graph.node("Cast", [kept], { SrcT: "uint8", DstT: "float32" });
  return reshaped(graph, floats, "float32", shape);
}
