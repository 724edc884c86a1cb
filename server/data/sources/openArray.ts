import { type ArrayHeader, readArray } from "../formats/array.ts";
import { type ByteSource, openBytes } from "../formats/bytes.ts";
import type { DataProblem } from "../problem.ts";

/** One array of a file: its bytes, placed behind the header. */
export interface OpenArray {
  readonly source: ByteSource;
  readonly header: ArrayHeader;
}

/** Opens an array file whose header `readHeader` reads. */
export async function openArray(
  file: string,
  readHeader: (source: ByteSource) => Promise<ArrayHeader | DataProblem>,
): Promise<OpenArray | DataProblem> {
  const source = await openBytes(file);
  return "code" in source ? source : behindHeader(source, readHeader);
}

/** Reads the header of an open source; closes the source if that is not possible. */
export async function behindHeader(
  source: ByteSource,
  readHeader: (source: ByteSource) => Promise<ArrayHeader | DataProblem>,
): Promise<OpenArray | DataProblem> {
  const header = await readHeader(source);
  if (!("code" in header)) return { source, header };
  await source.close();
  return header;
}

/** The numbers of an array as the names of samples. Closes it. */
export async function idsIn({ source, header }: OpenArray): Promise<readonly string[] | DataProblem> {
  try {
    const values = await readArray(source, header, header.shape[0] ?? 0, "exact");
    return "code" in values ? values : Array.from(values, String);
  } finally {
    await source.close();
  }
}
