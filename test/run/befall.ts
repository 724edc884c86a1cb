import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import type { Fate } from "./fate.ts";

/** Loaded first into every process that has a fate or a host in its environment. A fate befalls trainers alone. */
const [, program = "", path = "", queued] = process.argv;
const { SLURM_ARRAY_TASK_ID: task = "", SLURM_RESTART_COUNT: restarts = "0" } = process.env;
const run = queued === undefined ? path : `${path} task ${task} restart ${restarts}`;
const host = process.env["DISTILL_TEST_HOST"];
if (host !== undefined) {
  os.hostname = () => host;
  syncBuiltinESMExports();
}
const fate = JSON.parse(process.env["DISTILL_TEST_FATE"] ?? "null") as Fate | null;
if (fate && isMainThread && /trainer\.(ts|mjs)$/.test(program) && new RegExp(fate.run ?? "").test(run)) {
  let moments = 0;
  const moment = () => {
    moments += 1;
    if (moments !== (fate.nth ?? 1)) return;
    if ("signal" in fate) process.kill(process.pid, fate.signal);
    else while (!fs.existsSync(fate.blocksUntil));
  };
  if ("event" in fate) {
    const { writeSync } = fs;
    fs.writeSync = ((...words: Parameters<typeof writeSync>) => {
      const isMoment = isOf(fate.event, String(words[1]));
      if (isMoment && fate.isBefore) moment();
      const count = writeSync(...words);
      if (isMoment && !fate.isBefore) moment();
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
