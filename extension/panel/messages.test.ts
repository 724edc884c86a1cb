import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePanelMessage } from "./messages.ts";

test("what a panel may say is understood", () => {
  for (const message of [
    { type: "ready" },
    { type: "keep", state: { tab: "charts" }, layout: {} },
    { type: "read", request: 1, directory: "/r", series: ["loss"], range: [0, 10], buckets: 600 },
    { type: "read", request: 1, directory: "/r", series: [], buckets: 600 },
    { type: "readDetails", directories: ["/r"] },
    { type: "readSettings", directories: ["/r"] },
    { type: "annotate", directory: "/r", note: "odd" },
    { type: "annotate", directory: "/r", tags: ["a"] },
    { type: "readCard", directory: "/r" },
    { type: "inspect", directory: "/r" },
    {
      type: "inspect",
      directory: "/r",
      query: { request: 1, show: "all", order: "sure", from: 0, count: 9 },
    },
    { type: "leaveInspection" },
    { type: "save", format: "png", name: "mnist-charts", data: "AAAA" },
    { type: "saveCsv", name: "mnist-charts", directories: ["/r"] },
    { type: "command", command: "run" },
    { type: "command", command: "showLog", directory: "/r" },
  ]) {
    assert.deepEqual(parsePanelMessage(message), message);
  }
});

test("everything else is no message", () => {
  for (const value of [
    undefined,
    "ready",
    {},
    { type: "delete" },
    { type: "keep", state: "charts", layout: {} },
    { type: "keep", state: { tab: "charts" } },
    { type: "read", request: -1, directory: "/r", series: [], buckets: 1 },
    { type: "read", request: 1, directory: 7, series: [], buckets: 1 },
    { type: "read", request: 1, directory: "/r", series: [1], buckets: 1 },
    { type: "read", request: 1, directory: "/r", series: [], buckets: 1, range: [0, Number.NaN] },
    { type: "readSettings", directories: "/r" },
    { type: "annotate", directory: "/r", note: 1 },
    { type: "annotate", directory: "/r", tags: "a" },
    { type: "readCard", directory: ["/r"] },
    { type: "inspect", directory: 1 },
    { type: "inspect", directory: "/r", query: { request: 1, from: -1, count: 9 } },
    { type: "save", format: "exe", name: "a", data: "" },
    { type: "save", format: "png", name: "../a", data: "" },
    { type: "save", format: "csv", name: "a", data: "" },
    { type: "saveCsv", name: "../a", directories: ["/r"] },
    { type: "saveCsv", name: "a", directories: "/r" },
    { type: "command", command: "delete" },
    { type: "command", command: "workbench.action.quit" },
  ]) {
    assert.equal(parsePanelMessage(value), undefined, JSON.stringify(value));
  }
});
