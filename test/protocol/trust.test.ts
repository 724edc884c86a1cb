import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { CompletionList, Hover } from "vscode-languageserver-protocol/node";
import { CheckExperiment, SettingsChanged } from "../../server/protocol.ts";
import { startLanguageServer, temporaryFolder, uriOf } from "../support/languageServer.ts";

/** A table whose words must not be seen, outside of the workspace and by a link in it. */
const secret = "root,hunter2,x\n1,2,zero\n3,4,hunter3\n";

const experiment = (path: string) => `{
  "data": { "train": { "type": "csv", "path": ${JSON.stringify(path)}, "label": "y" } },
  "teacher": { "type": "onnx", "path": "../model.onnx" },
  "student": { "preset": "mlp" },
  "losses": [{ "type": "kd" }]
}
`;

async function untrusted(t: TestContext) {
  const around = await temporaryFolder((clean) => t.after(clean), {
    "secret.csv": secret,
    "model.onnx": "no model",
  });
  const folder = join(around, "workspace");
  await mkdir(folder);
  await symlink(join(around, "secret.csv"), join(folder, "link.csv"));
  const server = await startLanguageServer((clean) => t.after(clean), {
    folders: [folder],
    initializationOptions: { trusted: false },
  });
  return { around, folder, server, uri: uriOf(join(folder, "a.distill.json")) };
}

for (const path of ["../secret.csv", "link.csv", "/etc/passwd"]) {
  test(`in a workspace that is not trusted, ${path} is not read, and the editor says so`, async (t) => {
    const { folder, server, uri } = await untrusted(t);
    await server.open(uri, experiment(path));
    const found = await server.diagnostics(uri, 1, (all) =>
      all.some(({ code }) => code === "outside-workspace"),
    );
    const outside = found.filter(({ code }) => code === "outside-workspace");
    assert.equal(outside.length, 2, JSON.stringify(found));
    assert.match(String(outside[0]?.message), /not trusted, so nothing outside of it is read/);
    assert.equal(outside[0]?.severity, 2, "a warning: it says nothing against the file");
    const said = JSON.stringify([
      ...server.published.values(),
      await server.connection.sendRequest<Hover>("textDocument/hover", {
        textDocument: { uri },
        position: { line: 1, character: experiment(path).split("\n")[1]?.indexOf(path) ?? 0 },
      }),
    ]);
    assert.doesNotMatch(said, /hunter|root,|root:|wrong-magic|columns? /);

    // The same by the command Check, of a file that is not open.
    await writeFile(join(folder, "b.distill.json"), experiment(path));
    const checked = await server.connection.sendRequest(CheckExperiment, {
      uri: uriOf(join(folder, "b.distill.json")),
    });
    assert.ok(checked.warnings >= 2, JSON.stringify(checked));
    await server.shutdown();
  });
}

test("paths are completed within a workspace that is not trusted, and not outside of it", async (t) => {
  const { folder, server, uri } = await untrusted(t);
  await writeFile(join(folder, "own.csv"), "a,y\n1,0\n");
  const complete = async (path: string, version: number) => {
    const text = experiment(path);
    await server.change(uri, version, text);
    const line = text.split("\n")[1] ?? "";
    return JSON.stringify(
      await server.connection.sendRequest<CompletionList>("textDocument/completion", {
        textDocument: { uri },
        position: { line: 1, character: line.indexOf(path) + path.length },
      }),
    );
  };
  await server.open(uri, experiment(""));
  assert.match(await complete("./", 2), /own\.csv/);
  assert.doesNotMatch(await complete("../", 3), /secret\.csv/);
  await server.shutdown();
});

test("once trust is given, what was not read is read", async (t) => {
  const { server, uri } = await untrusted(t);
  await server.open(uri, experiment("../secret.csv"));
  await server.diagnostics(uri, 1, (all) => all.some(({ code }) => code === "outside-workspace"));
  await server.connection.sendNotification(SettingsChanged, { trusted: true });
  const found = await server.diagnostics(uri, 1, (all) => all.some(({ code }) => code === "wrong-magic"));
  assert.ok(!found.some(({ code }) => code === "outside-workspace"), JSON.stringify(found));
  assert.ok(
    found.some(({ message }) => String(message).includes("hunter2")),
    JSON.stringify(found),
  );
  await server.shutdown();
});

test("an experiment in no workspace has its own folder", async (t) => {
  const { around, folder } = await untrusted(t);
  const server = await startLanguageServer((clean) => t.after(clean), {
    initializationOptions: { trusted: false },
  });
  const uri = uriOf(join(folder, "a.distill.json"));
  await writeFile(join(folder, "own.csv"), "a,b\n1,0\n");
  await server.open(uri, experiment("own.csv"));
  const found = await server.diagnostics(uri, 1, (all) =>
    all.some(({ code }) => code === "outside-workspace"),
  );
  assert.equal(found.filter(({ code }) => code === "outside-workspace").length, 1, around);
  assert.ok(
    found.some(({ code }) => code === "missing-column"),
    JSON.stringify(found),
  );
  await server.shutdown();
});
