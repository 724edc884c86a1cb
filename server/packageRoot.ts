import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(import.meta.url);

/** The nearest folder above this file with a package.json: chunks of a bundle are at different depths. */
export function packageRoot(): string {
  let folder = dirname(here);
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** dist/trainer.mjs for a bundle, server/trainer.ts in a source tree. */
export const ownTrainer = (): string => ownProgram("trainer", "server/trainer.ts");

/** What `distill` runs. */
export const ownCommandLine = (): string => ownProgram("cli", "server/cli.ts");

/** Script of the thread that touches a trainer's lock. */
export const ownHeartbeat = (): string => ownProgram("heartbeat", "server/runs/heartbeat.ts");

/** Script of the thread that reads samples ahead of their steps. */
export const ownReader = (): string => ownProgram("reader", "server/data/readerThread.ts");

/** Script of the thread that a tokenizer runs in. */
export const ownTokenizer = (): string => ownProgram("tokenizer", "server/data/text/tokenizerThread.ts");

/** What modules of a person's own import as "distillery". */
export const ownModuleDeclarations = (): string => ownProgram("declare", "server/modules/declare.ts");

/** The process that finds out what such a module declares. */
export const ownModuleExaminer = (): string => ownProgram("examine", "server/modules/examine.ts");

const ownProgram = (bundle: string, source: string): string =>
  join(packageRoot(), here.endsWith(".ts") ? source : `dist/${bundle}.mjs`);

/** Of the package on npm, which programs and modules import; modules may as well import "distillery". */
export const npmName = "distill";

/** Of this Distillery, as in `0.9.0`. */
export function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as {
    version: string;
  };
  return version;
}
