import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { packageRoot } from "../packageRoot.ts";

/** Rows of the 3,000 digits that are bundled: those of one split are in no other. */
const rows = { train: [0, 2400], validation: [2400, 2700], test: [2700, 3000] } as const;

/** A part of the bundled handwritten digits, as an IDX file: images [count, 28, 28], or their labels [count]. */
export async function digits(what: "images" | "labels", split: keyof typeof rows): Promise<Uint8Array> {
  const packed = await readFile(join(packageRoot(), "examples", "digits", `${what}.idx.gz`));
  const whole = gunzipSync(packed);
  const [headBytes, rowBytes] = what === "images" ? [16, 28 * 28] : [8, 1];
  const [first, end] = rows[split];
  const head = Buffer.from(whole.subarray(0, headBytes));
  head.writeUInt32BE(end - first, 4);
  return Buffer.concat([head, whole.subarray(headBytes + first * rowBytes, headBytes + end * rowBytes)]);
}
