import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineReport } from "../../server/protocol.ts";
import { reportMarkdown } from "./report.ts";

const report: EngineReport = {
  findings: [
    { name: "machine", state: "fine", text: "linux x64, glibc 2.41" },
    { name: "driver", state: "missing", text: "libcuda.so.1 was not found.", fix: "Install the driver." },
    {
      name: "tensorflow-cpu",
      state: "broken",
      text: "A library is cut short (/home/a|b/tensorflow_cpu)",
      fix: "distill engine install tensorflow",
    },
    { name: "compiler", state: "missing", text: "No compiler.", fix: "sudo apt install g++" },
  ],
  fix: "sudo apt install g++",
  installable: [
    {
      kind: "cpu",
      tensorflow: "2.21.0",
      download: 274e6,
      installed: 853e6,
      needed: 1.5e9,
      state: "broken",
      obstacles: [],
      files: ["tensorflow_cpu.whl"],
    },
  ],
  choice: "onnxruntime on the CPU: there is no NVIDIA card.",
};

test("the one command comes first, in a block of its own", () => {
  const text = reportMarkdown(report);
  assert.match(
    text,
    /^# Engine Doctor\n\n\*\*Something is broken\.\*\*\n\n## Fix\n\n```sh\nsudo apt install g\+\+\n```\n/,
  );
  assert.ok(text.indexOf("## Fix") < text.indexOf("## Findings"));
});

test("each trouble has what fixes it: a sentence, a command, or the editor's own", () => {
  const text = reportMarkdown(report);
  assert.match(text, /\*\*driver\*\*: libcuda\.so\.1 was not found\.\n\nInstall the driver\.\n/);
  assert.match(
    text,
    /\*\*tensorflow\\-cpu\*\*: .*\n\nRun \*Distillery: Install Engine\* .*\n\n```sh\ndistill engine install tensorflow\n```/,
  );
});

test("no text of a finding breaks the table", () => {
  const rows = reportMarkdown(report)
    .split("\n")
    .filter((line) => line.startsWith("| ") && line.includes("**"));
  assert.equal(rows.length, report.findings.length);
  for (const row of rows) assert.equal(row.match(/(?<!\\)\|/g)?.length, 4, row);
  assert.ok(rows.some((row) => row.includes("tensorflow\\_cpu")));
});

test("a machine that lacks nothing has nothing to do", () => {
  const { fix: _, ...well } = { ...report, findings: report.findings.slice(0, 1) };
  const text = reportMarkdown(well);
  assert.match(text, /\*\*Nothing is broken\.\*\*/);
  assert.doesNotMatch(text, /## Fix/);
  assert.match(text, /there is no NVIDIA card/);
  assert.match(text, /- `tensorflow_cpu\.whl`/);
});
