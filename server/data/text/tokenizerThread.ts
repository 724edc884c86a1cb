import { createHash } from "node:crypto";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import {
  type EncodedTexts,
  type EncodingRequest,
  type OpenedTokenizer,
  openTextEncoder,
  type Refused,
  type TextEncoding,
} from "./textEncoder.ts";

/**
 * The thread that a tokenizer runs in: its file is not trusted, and its patterns may take endless time or all memory. Its parent
 * ends the thread then.
 */
export interface ThreadSetup {
  /** How many texts of the request are done. */
  readonly progress: Int32Array<SharedArrayBuffer>;
}

/** The first request holds the file's bytes, each further one texts to encode. */
export type TokenizerRequest = { readonly bytes: Uint8Array } | EncodingRequest;

type TokenizerAnswer = OpenedTokenizer | EncodedTexts | Refused;

if (parentPort) serve(parentPort, workerData as ThreadSetup);

function serve(port: MessagePort, { progress }: ThreadSetup): void {
  let encode: TextEncoding | undefined;
  const answer = (request: TokenizerRequest): TokenizerAnswer => {
    if ("texts" in request) return encode?.(request, progress) ?? { why: "it was not opened" };
    const opened = openTextEncoder(request.bytes, createHash("sha256").update(request.bytes).digest("hex"));
    if ("why" in opened) return opened;
    encode = opened.encode;
    return opened.tokenizer;
  };
  port.on("message", (request: TokenizerRequest) => {
    let found: TokenizerAnswer;
    try {
      found = answer(request);
    } catch (error) {
      found = { why: reasonOf(error) };
    }
    port.postMessage(found, "ids" in found ? [found.ids.buffer] : []);
  });
  port.postMessage("started");
}

const reasonOf = (error: unknown): string =>
  (error instanceof Error && error.message.split("\n")[0]?.slice(0, 200)) || "it cannot be read";
