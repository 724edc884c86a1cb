import * as ort from "onnxruntime-web/wasm";
import type { PageContent } from "../server/studentPage/pageContent.ts";

/** The student in this page. */
export interface Student {
  /** Its outputs for one sample of raw values, channels last, and how long it took. */
  ask(values: Float32Array): Promise<{ readonly outputs: Float32Array; readonly ms: number }>;
}

/** @param runtime the WebAssembly, since a page from a disk can fetch nothing */
export async function openStudent(
  { input, output }: Pick<PageContent, "input" | "output">,
  { model, runtime }: { readonly model: Uint8Array<ArrayBuffer>; readonly runtime: Uint8Array<ArrayBuffer> },
): Promise<Student> {
  ort.env.wasm.numThreads = 1; // More would be started from files.
  ort.env.wasm.wasmBinary = runtime.buffer;
  const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
  const shape = [1, ...input.shape];
  const tensor = (values: Float32Array) =>
    input.dtype === "int64"
      ? new ort.Tensor(
          "int64",
          BigInt64Array.from(values, (value) => BigInt(Math.round(value))),
          shape,
        )
      : new ort.Tensor("float32", values, shape);
  // A session takes one question at a time.
  let last: Promise<unknown> = Promise.resolve();
  return {
    ask(values) {
      const answer = last.then(async () => {
        const begin = performance.now();
        const found = await session.run({ [input.name]: tensor(values) });
        const outputs = found[output]?.data as Float32Array;
        return { outputs, ms: performance.now() - begin };
      });
      last = answer.catch(() => {});
      return answer;
    },
  };
}
