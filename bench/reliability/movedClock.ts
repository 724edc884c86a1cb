import { readFileSync } from "node:fs";
import process from "node:process";

/** Preloaded into a process: shifts its clock by the milliseconds in a file, which may change at any time. */
const file = process.env["DISTILL_TEST_CLOCK"];
if (file !== undefined) {
  const RealDate = Date;
  const now = () => RealDate.now() + Number(readFileSync(file, "utf8"));
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, words, self) => Reflect.construct(target, words.length > 0 ? words : [now()], self),
    get: (target, key, self) => (key === "now" ? now : Reflect.get(target, key, self)),
  });
}
