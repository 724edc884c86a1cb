import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { test } from "node:test";
import { liveLine } from "./liveLine.ts";
import { printable } from "./printable.ts";
import { complain, print, printJson } from "./terminal.ts";
import { table } from "./wording.ts";

const hostile = "a\u001b[2Jb\u0007\u009b31m\u202ec\u2066d\ne\rf\u007f\u2028g\ufeff";
const shown = "a\\u001b[2Jb\\u0007\\u009b31m\\u202ec\\u2066d\\ne\\rf\\u007f\\u2028g\\ufeff";

test("what acts on a terminal is written out, and all else is left as it is", () => {
  assert.equal(printable(hostile), shown);
  assert.equal(printable(printable(hostile)), shown);
  for (const text of ["été, 漢字, 👩‍👩‍👧, ▁▂▃ → ×", "a\\nb", ""]) assert.equal(printable(text), text);
  for (let code = 0; code < 0xa0; code++) {
    const character = String.fromCharCode(code);
    assert.equal(printable(character) === character, code >= 0x20 && code < 0x7f, `U+${code.toString(16)}`);
  }
});

test("every way to a terminal goes through it, and one line stays one line", () => {
  const written = { out: "", err: "" };
  const to = (name: keyof typeof written) =>
    new Writable({
      write(chunk, _, done) {
        written[name] += chunk;
        done();
      },
    });
  const terminal = { out: to("out"), err: to("err") };
  print(terminal, hostile, "next");
  assert.equal(written.out, `${shown}\nnext\n`);
  complain(terminal, hostile);
  assert.equal(written.err, `${shown}\n`);
  written.out = "";
  const value = { [hostile]: [hostile] };
  printJson(terminal, value);
  assert.match(written.out, /^[\n\x20-\x7e]*$/);
  assert.deepEqual(JSON.parse(written.out), value);
  written.out = "";
  const live = liveLine(terminal);
  live.update(hostile);
  live.print(hostile);
  assert.ok(written.out.startsWith(`\u001b[?7l\r\u001b[2K${shown}\u001b[?7h`));
  assert.ok(written.out.endsWith(`\r\u001b[2K${shown}\n${shown}`));
  assert.deepEqual(
    table([
      [hostile, "x"],
      [shown, "y"],
    ]),
    [`${shown}  x`, `${shown}  y`],
  );
});

test("JSON of hundreds of thousands of lines is written", () => {
  const values = new Array<number>(300_000).fill(0);
  let written = "";
  const out = new Writable({
    write(chunk, _, done) {
      written += chunk;
      done();
    },
  });
  printJson({ out, err: out }, values);
  assert.deepEqual(JSON.parse(written), values);
});
