import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { CompletionItem, Hover } from "vscode-languageserver-protocol/node";
import { SettingsChanged } from "../../server/protocol.ts";
import { startLanguageServer, temporaryFolder, uriOf } from "../support/languageServer.ts";

const focal = (body: string) => `import { defineLoss, number } from "distillery";
export default defineLoss({
  description: "Focal loss: what is known already counts less.",
  formula: "(1 - p)^gamma",
  reads: ["labels"],
  parameters: { gamma: number("How much less.", { minimum: 0, maximum: 10, default: 2 }) },
  value: ({ tf, student, labels }, { gamma }) => {
    ${body}
  },
});
`;
const whole = focal("return labels.mean(tf.pow(tf.sub(1, tf.max(tf.softmax(student), -1)), gamma));");

const experiment = (loss: string) => `{
  "data": { "train": { "type": "csv", "path": "a.csv", "label": "y" } },
  "student": { "preset": "mlp" },
  "losses": [{ "type": "./focal.ts", ${loss} }]
}
`;

test("the keys of a module complete, are explained and checked once its folder is trusted, and follow the file", async (t) => {
  const folder = await temporaryFolder((clean) => t.after(clean), {
    "a.csv": "a,y\n1,0\n2,1\n",
    "focal.ts": whole,
  });
  const server = await startLanguageServer((clean) => t.after(clean), {
    folders: [folder],
    initializationOptions: { trusted: false },
  });
  const uri = uriOf(join(folder, "a.distill.json"));
  const place = (loss: string, word: string, after = word.length) => ({
    textDocument: { uri },
    position: { line: 3, character: (experiment(loss).split("\n")[3] ?? "").indexOf(word) + after },
  });

  await server.open(uri, experiment('"gama": 2'));
  const untrusted = await server.diagnostics(uri, 1, (all) =>
    all.some(({ code }) => code === "module-untrusted"),
  );
  assert.equal(untrusted.find(({ code }) => code === "module-untrusted")?.severity, 2);
  assert.ok(!untrusted.some(({ code }) => code === "unknown-key"), JSON.stringify(untrusted));

  await server.connection.sendNotification(SettingsChanged, { trusted: true });
  const read = await server.diagnostics(uri, 1, (all) => all.some(({ code }) => code === "unknown-key"));
  assert.match(
    JSON.stringify(read),
    /Unknown key \\"gama\\" in \\"losses\[0\]\\" \(\.\/focal\.ts\)\. Did you mean \\"gamma\\"\?/,
  );

  const typed = '"g"';
  await server.change(uri, 2, experiment(typed));
  const items = await server.connection.sendRequest<CompletionItem[]>(
    "textDocument/completion",
    place(typed, typed, 2),
  );
  const gamma = items.find(({ label }) => label === "gamma");
  assert.match(JSON.stringify(gamma), /How much less\./);
  assert.match(JSON.stringify(gamma), /default 2/);
  assert.ok(items.some(({ label }) => label === "weight"));

  await server.change(uri, 3, experiment('"gamma": 11'));
  const far = await server.diagnostics(uri, 3, (all) => all.some(({ code }) => code === "out-of-range"));
  assert.match(JSON.stringify(far), /Expected a number ≥ 0 and ≤ 10; found 11/);
  for (const [word, said] of [
    ['"./focal.ts"', /Focal loss[\s\S]*\(1 - p\)\^gamma/],
    ['"gamma"', /How much less\./],
  ] as const) {
    const hover = await server.connection.sendRequest<Hover>(
      "textDocument/hover",
      place('"gamma": 11', word, 3),
    );
    assert.match(JSON.stringify(hover), said);
  }

  await writeFile(join(folder, "focal.ts"), focal("return tf.scalar(Math.random());"));
  const changed = await server.diagnostics(uri, 3, (all) => all.some(({ code }) => code === "module-impure"));
  assert.match(JSON.stringify(changed), /focal\.ts:8:27: \\"Math\.random\\" draws random numbers/);
  await writeFile(join(folder, "focal.ts"), "while (true) {}\n");
  const late = await server.diagnostics(uri, 3, (all) => all.some(({ code }) => code === "module-late"));
  assert.match(JSON.stringify(late), /focal\.ts: it was not done after 10 seconds/);
  await server.shutdown();
});
