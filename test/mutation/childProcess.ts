/** Loaded first in every process that a test starts: the process has the same mutant as the test. */
import { appendFileSync, readFileSync } from "node:fs";
import process from "node:process";
import { installSourceHooks } from "./sourceHooks.ts";

const { MUTANT_URL: url, MUTANT_SOURCE: path, MUTANT_LOADED: loaded } = process.env;
if (url && path && loaded)
  installSourceHooks({
    url,
    source: () => {
      appendFileSync(loaded, ".");
      return readFileSync(path, "utf8");
    },
  });
