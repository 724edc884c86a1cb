import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";

/** Asks for `y`. Everything else is no, as are Ctrl-C, Ctrl-D and an input that ends. */
export async function isConfirmed(
  question: string,
  { input, output }: { readonly input: Readable; readonly output: Writable },
): Promise<boolean> {
  const asking = createInterface({ input, output });
  const ended = new Promise<string>((resolve) => asking.once("close", () => resolve("")));
  const answered = asking.question(question).catch((error: unknown) => {
    if ((error as Error).name !== "AbortError") throw error;
    output.write("\n"); // The keys that abort leave the cursor behind the question.
    return "";
  });
  try {
    return /^y(es)?$/i.test((await Promise.race([answered, ended])).trim());
  } finally {
    asking.close();
  }
}
