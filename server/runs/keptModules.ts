import { join } from "node:path";
import { makeFolder, writeFileDurably } from "./durable.ts";

/** The text of a module and of what it imports, by paths from its folder. */
interface KeptModule {
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/**
 * Keeps the modules that a run was trained with: `modules/1/focal.ts` and what it imports beside it, in the order of the
 * experiment.
 */
export async function keepModules(runPath: string, modules: readonly KeptModule[]): Promise<void> {
  for (const [index, { files }] of modules.entries())
    for (const { path, text } of files) {
      const parts = ["modules", String(index + 1), ...path.split("/")];
      for (let depth = 1; depth < parts.length; depth++) makeFolder(join(runPath, ...parts.slice(0, depth)));
      await writeFileDurably(join(runPath, ...parts), text);
    }
}
