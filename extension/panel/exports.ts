import path from "node:path";
import * as vscode from "vscode";
import { notWritten } from "../../server/fileErrors.ts";
import { percent } from "../../server/grouped.ts";
import { ReadSeries, type RunSummary } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { showWhere } from "../commands/reveal.ts";
import { fullName } from "../runs/wording.ts";
import { type ReadRun, runsAsCsv } from "./csv.ts";
import type { PanelMessage } from "./messages.ts";

/** Writes a picture that the page has drawn to a file that the person chooses. */
export async function savePicture(
  { format, name, data }: PanelMessage & { type: "save" },
  experiment: string | undefined,
): Promise<void> {
  const target = await askTarget(`${name}.${format}`, experiment);
  if (target === undefined) return;
  await write(target, format === "png" ? Buffer.from(data, "base64") : new TextEncoder().encode(data));
  showWhere(target);
}

/** Writes every recorded step of the runs. A cancelled export writes nothing. */
export async function saveCsv(
  connection: Connection,
  { runs, name }: { readonly runs: readonly RunSummary[]; readonly name: string },
): Promise<void> {
  const target = await askTarget(`${name}.csv`, runs[0]?.experiment);
  if (target === undefined) return;
  const texts = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: "Exporting", cancellable: true },
    async (progress, token) => {
      // Takes effect at once, whatever the server is doing.
      const cancelled = new Promise<undefined>((resolve) =>
        token.onCancellationRequested(() => resolve(undefined)),
      );
      const read: ReadRun = ({ directory }, question) =>
        connection.request(ReadSeries, { directory, ...question });
      const pieces = runsAsCsv(runs, read);
      const texts: string[] = [];
      for (let before = 0; ; ) {
        const next = await Promise.race([pieces.next(), cancelled]);
        if (next === undefined || next.done) return next && texts;
        const { text, run, done } = next.value;
        texts.push(text);
        progress.report({
          message: `${fullName(run)}, ${percent(done, 0)}`,
          increment: (done - before) * 100,
        });
        before = done;
      }
    },
  );
  if (texts === undefined) {
    vscode.window.setStatusBarMessage("$(circle-slash) The export was cancelled: nothing was written", 5000);
    return;
  }
  await write(target, new TextEncoder().encode(texts.join("")));
  showWhere(target);
}

async function write(target: vscode.Uri, content: Uint8Array): Promise<void> {
  try {
    await vscode.workspace.fs.writeFile(target, content);
  } catch (error) {
    throw new Error(notWritten(target.fsPath, error instanceof Error ? error.message : String(error)), {
      cause: error,
    });
  }
}

/** Suggests a file beside the experiment. */
async function askTarget(file: string, experiment: string | undefined): Promise<vscode.Uri | undefined> {
  const folder =
    experiment === undefined
      ? vscode.workspace.workspaceFolders?.[0]?.uri
      : vscode.Uri.file(path.dirname(experiment));
  const format = path.extname(file).slice(1);
  return vscode.window.showSaveDialog({
    title: "Export Chart",
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, file) }),
    filters: { [format.toUpperCase()]: [format] },
  });
}
