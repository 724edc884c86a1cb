import assert from "node:assert/strict";
import { test } from "node:test";
import { assertReadable, runFormat } from "./format.ts";

const refusal = (content: unknown) => {
  try {
    assertReadable(content, "/r/job.json");
    return undefined;
  } catch (error) {
    const { code, message, hint } = error as Error & { readonly code: string; readonly hint: string };
    assert.equal(code, "newer-format");
    return [message, hint];
  }
};
const newer = (format: string) =>
  `/r/job.json has run format ${format}; this version of Distillery reads up to ${runFormat}.`;
const latest = "Install the latest Distillery, then try again.";

test("what is of this format, an older one or none is read", () => {
  for (const content of [{ format: runFormat, writtenBy: "0.9.0" }, { format: 1 }, {}, null, 4, "text", []])
    assert.equal(refusal(content), undefined);
});

test("what a newer version wrote is refused with its number, where it is one", () => {
  const format = runFormat + 1;
  const version = "Install Distillery 9.1.0-rc.1+b_2, which wrote it, or a later one.";
  assert.deepEqual(refusal({ format, writtenBy: "9.1.0-rc.1+b_2" }), [newer(`${format}`), version]);
  for (const writtenBy of [undefined, 9, "x9.1", "9.1 now", `9.${"1".repeat(40)}`, ""])
    assert.deepEqual(refusal({ format, writtenBy }), [newer(`${format}`), latest], `${writtenBy}`);
});

test("a format that is no number is refused, and told as far as a line can", () => {
  assert.deepEqual(refusal({ format: "2" }), [newer('"2"'), latest]);
  assert.deepEqual(refusal({ format: "x".repeat(99) }), [newer(`"${"x".repeat(39)}`), latest]);
});
