import * as vscode from "vscode";
import { type EngineKind, EnginesChanged } from "../../server/protocol.ts";
import { confirm, notify } from "../notify.ts";
import { askDoctor, distillEngine, type EngineParts } from "./distill.ts";
import { DoctorDocument } from "./doctorDocument.ts";
import { install } from "./installation.ts";
import { objectIn } from "./lines.ts";
import { pickEngine } from "./pickEngine.ts";
import { engineNames, size } from "./wording.ts";

/** Commands to install, examine and remove engines. */
export function engineCommands(parts: EngineParts) {
  const closing = new AbortController();
  const document = new DoctorDocument();
  let installing = false;

  return {
    /** Cancels the installation, so that a closing window leaves nothing half built. */
    dispose(): void {
      closing.abort();
      document.dispose();
    },

    commands: {
      async installEngine(kind?: unknown, from?: unknown): Promise<void> {
        if (installing) {
          notify("info", "An engine is already being installed.");
          return;
        }
        installing = true;
        try {
          const wanted = isKind(kind)
            ? { kind, ...(typeof from === "string" && { from }) }
            : await pickEngine(parts);
          if (wanted === undefined) return;
          if (await install(parts, wanted, closing.signal))
            await parts.connection.notify(EnginesChanged, undefined);
        } finally {
          installing = false;
        }
      },

      async engineDoctor(): Promise<void> {
        const report = await vscode.window.withProgress(
          { location: vscode.ProgressLocation.Window, title: "Examining this machine" },
          () => askDoctor(parts, closing.signal),
        );
        if (report !== undefined) await document.show(report);
      },

      removeEngine: () => removeEngine(parts),
    },
  };
}

async function removeEngine(parts: EngineParts): Promise<void> {
  const report = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: "Looking for engines" },
    () => askDoctor(parts),
  );
  if (report === undefined) return;
  const built = report.installable.filter(({ folder }) => folder !== undefined);
  if (built.length === 0) {
    notify("info", "No engine was installed here. The built-in one, onnxruntime, cannot be removed.");
    return;
  }
  const items = built.map(({ kind, installed, folder = "" }) => ({
    label: engineNames[kind],
    description: size(installed),
    detail: folder,
    engine: { kind, installed },
  }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: "Which engine should be removed?" });
  if (picked === undefined) return;
  const { kind, installed } = picked.engine;
  const isMeant = await confirm(`Remove ${engineNames[kind]}?`, {
    detail: `This frees ${size(installed)}. Runs that name this engine do not start until it is installed again.`,
    button: "Remove",
  });
  if (!isMeant) return;
  const args = ["remove", "tensorflow", "--json", ...(kind === "gpu" ? ["--gpu"] : [])];
  const ended = await distillEngine(parts, args);
  if (ended === undefined) return;
  const result = objectIn(ended.stdout);
  if (result?.["event"] !== "removed") {
    parts.log.error(ended.stdout, ended.stderr);
    throw new Error(
      String(result?.["message"] ?? `the engine could not be removed (exit code ${ended.code}).`),
    );
  }
  await parts.connection.notify(EnginesChanged, undefined);
  notify("info", `${engineNames[kind]} was removed.`);
}

const isKind = (value: unknown): value is EngineKind => value === "cpu" || value === "gpu";
