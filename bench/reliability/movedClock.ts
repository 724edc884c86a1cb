import { readFileSync } from "node:fs";
import process from "node:process";

/** Loaded first into a process: its clock is wrong by the milliseconds that a file says, which may change at any time. */
const file = process.env["DISTILL_TEST_CLOCK"];
if (file !== undefined) {
  const RealDate = Date;
  const now = () => RealDate.now() + Number(readFileSync(file, "utf8"));
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, words, self) => Reflect.construct(target, words.length > 0 ? words : [now()], self),
    get: (target, key, self) => (key === "now" ? now : Reflect.get(target, key, self)),
  });
}
