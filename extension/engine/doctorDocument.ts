import * as vscode from "vscode";
import type { EngineReport } from "../../server/protocol.ts";
import { notify } from "../notify.ts";
import { isCommand, isInstallation, reportMarkdown } from "./report.ts";

const scheme = "distill-engine";
const uri = vscode.Uri.from({ scheme, path: "/Engine Doctor.md" });

/** The doctor's latest report as a virtual document. */
export class DoctorDocument implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this);
  readonly onDidChange = this.#changed.event;
  #text = "Run *Distillery: Engine Doctor* to examine this machine.\n";

  provideTextDocumentContent(): string {
    return this.#text;
  }

  /** Opens the report and offers the one next step. */
  async show(report: EngineReport): Promise<void> {
    this.#text = reportMarkdown(report);
    this.#changed.fire(uri);
    await vscode.workspace.openTextDocument(uri);
    try {
      await vscode.commands.executeCommand("markdown.showPreview", uri);
    } catch {
      await vscode.window.showTextDocument(uri); // The Markdown preview is disabled.
    }
    const { fix } = report;
    if (fix === undefined) return;
    if (isInstallation(fix)) {
      const kind = fix.includes("--gpu") ? "gpu" : "cpu";
      notify("info", wordsOf(report), {
        "Install Engine": () => vscode.commands.executeCommand("distill.installEngine", kind),
      });
    } else if (isCommand(fix)) {
      notify("info", `${wordsOf(report)} ${fix}`, {
        "Copy Command": () => vscode.env.clipboard.writeText(fix),
      });
    }
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}

function wordsOf({ findings, fix = "" }: EngineReport): string {
  const first = findings.find((finding) => finding.state === "broken" && finding.fix === fix);
  if (first !== undefined) return `${first.name}: ${first.text}`;
  return isInstallation(fix) ? "The TensorFlow engine can be installed." : "To fix this:";
}
