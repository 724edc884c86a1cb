import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type LanguageServer, startLanguageServer } from "../test/support/languageServer.ts";
import { largeExperiment } from "../test/support/largeExperiment.ts";
import { quantile, type Spread, spread } from "./statistics.ts";

export interface EditorTimes {
  readonly server: "bundle" | "source";
  readonly lines: number;
  /** From the start of the server's process to its first answer. Goal: 300 ms. */
  readonly firstCompletionMs: Spread;
  /** After a keystroke in the middle of the text. Goal: p95 of 30 ms. */
  readonly completionMs: Spread & { readonly p95: number };
  /** From a keystroke to the diagnostics of the new text, including the typing pause. Goal: p95 of 100 ms. */
  readonly diagnosticsMs: Spread & { readonly p95: number };
  /** The same for a file that is also a sweep of twelve runs. */
  readonly sweepDiagnosticsMs: Spread & { readonly p95: number };
}

const bundle = fileURLToPath(new URL("../dist/server.mjs", import.meta.url));
const uri = "untitled:bench";

/** Times the language server as an editor uses it: in a process of its own, on a long experiment, one key at a time. */
export async function benchEditor({ starts = 5, keystrokes = 100 } = {}): Promise<EditorTimes> {
  const built = existsSync(bundle);
  const text = largeExperiment();
  const first: number[] = [];
  let server: LanguageServer | undefined;
  for (let i = 0; i < starts; i++) {
    await server?.shutdown();
    const begin = performance.now();
    server = await startLanguageServer(() => undefined, built ? { serverFile: bundle } : {});
    await server.open(uri, text);
    await completion(server, uri, { line: 1, character: 2 });
    first.push(performance.now() - begin);
  }
  if (!server) throw new Error("No start was asked for.");
  const { completions, diagnostics } = await type(server, { uri, text, keystrokes });
  const sweep = { uri: "untitled:sweep", text: largeExperiment({ sweep: true }), keystrokes };
  await server.open(sweep.uri, sweep.text);
  const swept = await type(server, sweep);
  await server.shutdown();
  return {
    server: built ? "bundle" : "source",
    lines: text.split("\n").length,
    firstCompletionMs: spread(first),
    completionMs: { ...spread(completions), p95: quantile(completions, 0.95) },
    diagnosticsMs: { ...spread(diagnostics), p95: quantile(diagnostics, 0.95) },
    sweepDiagnosticsMs: { ...spread(swept.diagnostics), p95: quantile(swept.diagnostics, 0.95) },
  };
}

/**
 * Types a new key into layers throughout the text, letter by letter, and requests completions after each; then changes
 * a number, which leaves a valid text that every rule checks, and waits for its diagnostics.
 */
async function type(
  server: LanguageServer,
  { uri, text, keystrokes }: { uri: string; text: string; keystrokes: number },
) {
  const lines = text.split("\n");
  const places = lines.flatMap((line, index) => (line.includes('"filters"') ? [index] : []));
  const word = '"strid';
  const completions: number[] = [];
  const diagnostics: number[] = [];
  let version = 1;
  for (let i = 0; i < keystrokes; i++) {
    const line = places[Math.floor((i * places.length) / keystrokes)] ?? 0;
    const typed = word.slice(0, 1 + (i % word.length));
    const typing = lines.with(line, `        ${typed}" ${lines[line]?.trim()}`).join("\n");
    let begin = performance.now();
    await server.change(uri, ++version, typing);
    await completion(server, uri, { line, character: 8 + typed.length });
    completions.push(performance.now() - begin);

    const valid = lines.with(line, `        "filters": ${i + 1},`).join("\n");
    begin = performance.now();
    await server.change(uri, ++version, valid);
    await server.diagnostics(uri, version);
    diagnostics.push(performance.now() - begin);
  }
  return { completions, diagnostics };
}

const completion = (
  { connection }: LanguageServer,
  uri: string,
  position: { line: number; character: number },
) => connection.sendRequest("textDocument/completion", { textDocument: { uri }, position });
