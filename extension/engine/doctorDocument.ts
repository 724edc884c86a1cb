import * as vscode from "vscode";
import type { EngineReport } from "../../server/protocol.ts";
import { notify } from "../notify.ts";
import { isCommand, isInstallation, reportMarkdown } from "./report.ts";

const scheme = "distill-engine";
const uri = vscode.Uri.from({ scheme, path: "/Engine Doctor.md" });

/** The doctor's latest report as a document that is on no disk. */
export class DoctorDocument implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  readonly onDidChange = this.#changed.event;
  #text = "Run *Distillery: Engine Doctor* to look at this machine.\n";

  provideTextDocumentContent(): string {
    return this.#text;
  }

  /** Opens it as it is read, and offers the one thing to do. */
  async show(report: EngineReport): Promise<void> {
    this.#text = reportMarkdown(report);
    this.#changed.fire(uri);
    await vscode.workspace.openTextDocument(uri);
    try {
      await vscode.commands.executeCommand("markdown.showPreview", uri);
    } catch {
      await vscode.window.showTextDocument(uri); // Someone has switched off what shows Markdown.
    }
    const { mend } = report;
    if (mend === undefined) return;
    if (isInstallation(mend)) {
      const kind = mend.includes("--gpu") ? "gpu" : "cpu";
      notify("info", wordsOf(report), {
        "Install Engine": () => vscode.commands.executeCommand("distill.installEngine", kind),
      });
    } else if (isCommand(mend)) {
      notify("info", `${wordsOf(report)} ${mend}`, {
        "Copy Command": () => vscode.env.clipboard.writeText(mend),
      });
    }
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}

function wordsOf({ findings, mend = "" }: EngineReport): string {
  const first = findings.find((finding) => finding.state === "broken" && finding.mend === mend);
  if (first !== undefined) return `${first.name}: ${first.text}`;
  return isInstallation(mend) ? "The TensorFlow engine can be installed." : "To mend what stands in the way:";
}
