import { formatOf, type OutputsQuery } from "../../fileQuery.ts";
import type { DataProblem } from "../problem.ts";
import { openOutputArrays, outputsInArrays } from "./outputArrays.ts";
import { outputsInTable } from "./outputColumns.ts";
import type { ExpectedOutputs, OutputsShape, OutputsTable } from "./outputsTable.ts";

type WholeTable = OutputsTable & Required<Pick<OutputsTable, "columns">>;

/**
 * Reads a teacher's outputs of samples from an .npy file, arrays of an .npz archive or a safetensors file, or a table of delimited
 * values, JSON Lines or Parquet.
 */
export const readOutputs = (
  file: string,
  query: OutputsQuery,
  expected: ExpectedOutputs,
): Promise<WholeTable | DataProblem> => inFile(file, query, expected) as Promise<WholeTable | DataProblem>;

/** Number of rows and classes; undefined of a table that is not small. */
export const outputsShape = (
  file: string,
  query: OutputsQuery,
): Promise<OutputsShape | undefined | DataProblem> => inFile(file, query, undefined);

/** Larger tables are not read for the editor. */
const mostTableBytes = 4_000_000;

/** @param expected absent: the shape is enough */
async function inFile(
  file: string,
  query: OutputsQuery,
  expected: ExpectedOutputs | undefined,
): Promise<OutputsTable | OutputsShape | undefined | DataProblem> {
  const arrays = await openOutputArrays(file);
  if ("code" in arrays) return arrays;
  if ("bytes" in arrays) {
    if (expected === undefined && arrays.bytes > mostTableBytes) return undefined;
    return outputsInTable(file, formatOf(file), { query, expected });
  }
  try {
    return await outputsInArrays(arrays, query, expected);
  } finally {
    await arrays.close();
  }
}
