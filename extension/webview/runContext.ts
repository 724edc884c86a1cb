import type { RunSummary } from "../../server/protocol.ts";
import { isExaminable } from "../runs/examinable.ts";

/** Attributes of what stands for a run: VS Code's own menu on it has the commands for runs, to which it names this one. */
export const runContext = (run: RunSummary): { readonly "data-vscode-context": string } => ({
  "data-vscode-context": JSON.stringify({
    webviewSection: "run",
    run: run.directory,
    isExaminable: isExaminable(run),
    preventDefaultContextMenuItems: true,
  }),
});
