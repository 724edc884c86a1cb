import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageRoot } from "./packageRoot.ts";

/** Ways to start a program: Node's own, our function over it, and the client library's. */
const starts =
  /node:(child_process|worker_threads|cluster)|import \{[^}]*\brun\b[^}]*\} from "[^"]*\/subprocess\.ts"|TransportKind\./;

test("ARCHITECTURE.md says of every file that starts a program what it starts and why that is safe", () => {
  const root = packageRoot();
  const sources = ["server", "extension", "bin"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(ts|mjs)$/.test(file) && !/\.test\.ts$|(^|\/)(dist|node_modules)\//.test(file))
      .map((file) => `${folder}/${file.replaceAll("\\", "/")}`),
  );
  const starting = sources.filter((file) => starts.test(readFileSync(join(root, file), "utf8")));
  const map = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
  const section = /\n## Programs that are started\n(.*?)\n## /s.exec(map)?.[1] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  const named = rows.flatMap((row) => (row.split("|")[1] ?? "").match(/[\w./-]+\.(ts|mjs)/g) ?? []);
  assert.deepEqual(named.toSorted(), starting.toSorted());
  for (const row of rows)
    assert.match(row, /^\| [^|]+ \| [^|]+ \| [^|]{10,} \|$/, "a file, a program, a reason");
});
