import { PassThrough, Readable } from "node:stream";
import { inspect } from "../../server/cli/inspect.ts";
import type { InspectLine } from "../../server/protocol.ts";
import type { Terminal } from "../../server/terminal/terminal.ts";

/** What the panel hears: it asks once the samples are there. */
export async function served(run: string, queries: readonly unknown[]): Promise<InspectLine[]> {
  const lines: InspectLine[] = [];
  const input = new PassThrough();
  const write = (text: string) => {
    for (const line of text.trimEnd().split("\n")) lines.push(JSON.parse(line));
    if (lines.at(-1)?.event === "samples")
      Readable.from(queries.map((query) => `${JSON.stringify(query)}\n`)).pipe(input);
    return true;
  };
  await inspect(run, { serve: true }, { out: { write }, err: { write } } as unknown as Terminal, input);
  return lines;
}
