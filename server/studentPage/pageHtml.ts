import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { escaped, htmlPage } from "../report/markup.ts";
import type { PageContent } from "./pageContent.ts";

export interface PageParts {
  readonly content: PageContent;
  /** The bundle of page/. */
  readonly script: string;
  readonly style: string;
  readonly model: Uint8Array;
  /** The WebAssembly of ONNX Runtime. */
  readonly runtime: Uint8Array;
  readonly tokenizer?: Uint8Array | undefined;
}

/**
 * A page in one file: it works from a disk, where a browser lets no page read its neighbours, and its policy lets it load nothing.
 * Large parts are packed, as base64.
 */
export function studentPage({ content, script, style, model, runtime, tokenizer }: PageParts): string {
  const code = `\n${script.trim()}\n`;
  const hash = createHash("sha256").update(code).digest("base64");
  // No text ends the element that it stands in.
  const json = JSON.stringify(content).replaceAll("<", "\\u003c");
  const part = (id: string, bytes: Uint8Array) =>
    `<script type="text/plain" id="${id}">${gzipSync(bytes, { level: 9 }).toString("base64")}</script>`;
  return htmlPage({
    title: content.name,
    policy: [`script-src 'sha256-${hash}' 'wasm-unsafe-eval'`, "img-src data: blob:"],
    style: style.trim(),
    body: `<main id="page"><h1>${escaped(content.name)}</h1><p role="status" id="status">The student is being opened…</p></main>
<script type="application/json" id="content">${json}</script>
${part("model", model)}
${part("runtime", runtime)}
${tokenizer === undefined ? "" : part("tokenizer", tokenizer)}
<script type="module">${code}</script>`,
  });
}
