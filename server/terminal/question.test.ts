import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { isConfirmed } from "./question.ts";

/** As on a terminal, where Ctrl-C and Ctrl-D are characters. */
async function answeredBy(keys: string, { isTTY = true, ends = false } = {}): Promise<boolean> {
  const [input, output] = [new PassThrough(), Object.assign(new PassThrough(), { isTTY, columns: 80 })];
  const answer = isConfirmed("Delete? [y/N] ", { input, output });
  input.write(keys);
  if (ends) input.end();
  return answer;
}

test("only a yes is one; Ctrl-C, Ctrl-D and the end of the input are a no", async () => {
  for (const yes of ["y\r", "YES\r", " y \r"]) assert.equal(await answeredBy(yes), true, yes);
  for (const no of ["\r", "n\r", "yesterday\r", "\u0003", "\u0004", "y\u0003"])
    assert.equal(await answeredBy(no), false, JSON.stringify(no));
  assert.equal(await answeredBy("", { isTTY: false, ends: true }), false);
});
