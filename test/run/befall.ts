import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import process from "node:process";
import type { Fate } from "./fate.ts";

/** Loaded first into every process that has a fate in its environment. It befalls trainers alone. */
const [, program = "", run = ""] = process.argv;
const fate = JSON.parse(process.env["DISTILL_TEST_FATE"] ?? "null") as Fate;
if (program.endsWith("trainer.ts") && new RegExp(fate.run ?? "").test(run)) {
  let moments = 0;
  const moment = () => {
    moments += 1;
    if (moments === (fate.nth ?? 1)) process.kill(process.pid, fate.signal);
  };
  if ("event" in fate) {
    const { writeSync } = fs;
    fs.writeSync = ((...words: Parameters<typeof writeSync>) => {
      const count = writeSync(...words);
      if (isOf(fate.event, String(words[1]))) moment();
      return count;
    }) as typeof writeSync;
  } else {
    const { open } = fs.promises;
    const path = new RegExp(fate.opens);
    fs.promises.open = async (...words) => {
      const file = await open(...words);
      if (path.test(String(words[0]))) moment();
      return file;
    };
  }
  syncBuiltinESMExports();
}

/** Whether a line of a log is an event with these values. */
function isOf(values: Readonly<Record<string, string | null>>, line: string): boolean {
  if (!line.startsWith('{"seq":')) return false;
  const event = JSON.parse(line) as Record<string, unknown>;
  return Object.entries(values).every(([key, value]) => (event[key] ?? null) === value);
}
