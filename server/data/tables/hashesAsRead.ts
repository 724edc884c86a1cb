import { createHash } from "node:crypto";
import { hashValues } from "../samples.ts";
import type { RawTable } from "./fit.ts";
import type { TableHashes } from "./fittedColumn.ts";

/** @param chosen the columns that were read, where what was learned says which */
export function hashesAsRead({ values, raw }: RawTable, chosen?: readonly string[]): TableHashes {
  const hash = createHash("sha256").update(
    JSON.stringify(raw.map(({ name, as, texts }) => [name, as, texts])),
  );
  hashValues(hash, values);
  const columns = chosen && createHash("sha256").update(JSON.stringify(chosen)).digest("hex");
  return { ...(columns && { columns }), values: hash.digest("hex") };
}
