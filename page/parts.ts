import type { PageContent, PageSample } from "../server/studentPage/pageContent.ts";

const textOf = (id: string): string | undefined => document.getElementById(id)?.textContent ?? undefined;

export const readContent = (): PageContent => JSON.parse(textOf("content") ?? "") as PageContent;

/** A packed part of the page; undefined where it has none. */
export async function readPart(id: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const text = textOf(id);
  if (text === undefined) return undefined;
  const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The raw values of a stored sample. */
export function valuesOf({ values }: PageSample, { dtype }: PageContent["raw"]): Float32Array {
  const bytes = bytesOf(values);
  return dtype === "uint8" ? Float32Array.from(bytes) : new Float32Array(bytes.buffer);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
