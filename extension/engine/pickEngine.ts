import * as vscode from "vscode";
import type { EngineKind } from "../../server/protocol.ts";
import { askDoctor, type EngineParts } from "./distill.ts";
import { installableRow } from "./wording.ts";

export interface Wanted {
  readonly kind: EngineKind;
  /** A folder with the files that would be downloaded. */
  readonly from?: string;
}

/**
 * Lists the engines that can be installed, with size and the doctor's findings. The list opens at once and fills in.
 */
export async function pickEngine(parts: EngineParts): Promise<Wanted | undefined> {
  const picker = vscode.window.createQuickPick<
    vscode.QuickPickItem & { readonly kindOfEngine: EngineKind }
  >();
  const fromFolder: vscode.QuickInputButton = {
    iconPath: new vscode.ThemeIcon("folder-opened"),
    tooltip: "Use Files From a Folder",
  };
  const stop = new AbortController();
  picker.title = "Install Engine";
  picker.placeholder = "Examining this machine…";
  picker.busy = true;
  picker.matchOnDescription = true;
  try {
    const picked = new Promise<{ kind: EngineKind; needsFolder: boolean } | undefined>((resolve) => {
      picker.onDidAccept(() => {
        const [item] = picker.selectedItems;
        if (item !== undefined) resolve({ kind: item.kindOfEngine, needsFolder: false });
      });
      picker.onDidTriggerItemButton(({ item }) => resolve({ kind: item.kindOfEngine, needsFolder: true }));
      picker.onDidHide(() => resolve(undefined));
    });
    picker.show();
    const report = await Promise.race([askDoctor(parts, stop.signal), picked.then(() => undefined)]);
    if (report === undefined) return undefined;
    picker.items = report.installable.map((engine) => ({
      ...installableRow(engine),
      kindOfEngine: engine.kind,
      buttons: [fromFolder],
    }));
    picker.placeholder = "Engine to install, in addition to the built-in one";
    picker.busy = false;
    const wanted = await picked;
    if (wanted === undefined) return undefined;
    if (!wanted.needsFolder) return { kind: wanted.kind };
    const from = await pickFolder();
    return from === undefined ? undefined : { kind: wanted.kind, from };
  } finally {
    stop.abort();
    picker.dispose();
  }
}

/** Asks for a folder with files that were downloaded elsewhere. */
export async function pickFolder(): Promise<string | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: "Folder with the downloaded files",
      openLabel: "Install From Here",
      canSelectFiles: false,
      canSelectFolders: true,
    })) ?? [];
  return folder?.fsPath;
}
