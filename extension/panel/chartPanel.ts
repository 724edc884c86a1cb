import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import * as vscode from "vscode";
import { AnnotateRun, ReadResultCard, ReadSeries, ReadSettings } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import { notify } from "../notify.ts";
import type { RunList } from "../runs/runList.ts";
import { saveCsv, savePicture } from "./exports.ts";
import { Inspections } from "./inspections.ts";
import { leftPages, watchLeftPages, watchLostPage } from "./leftPages.ts";
import { type HostMessage, type PanelMessage, parsePanelMessage, type Tab } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { pointsOf } from "./points.ts";
import { readDetails } from "./runDetails.ts";

const viewType = "distill.charts";
/** Key of the page's settings in the workspace state. */
const stateKey = "distill.panel";
/** Of its layout there, which outlives the panel. */
const layoutKey = "distill.panelLayout";

/**
 * Host side of the chart panel: passes runs, series and new points to the web page and its requests to the server. The
 * page keeps its own state (shown runs, zoom, settings) and restores it after a reload.
 */
export class ChartPanel implements vscode.Disposable {
  readonly #connection: Connection;
  readonly #runs: RunList;
  readonly #extension: vscode.Uri;
  readonly #memory: vscode.Memento;
  readonly #disposables: vscode.Disposable[];
  readonly #inspections: Inspections;
  readonly #outbox: Outbox;
  #panel: vscode.WebviewPanel | undefined;
  /** Messages for when the page listens; a hidden page is destroyed and starts again when shown. */
  #listening = false;
  #waiting: HostMessage[] = [];
  /** Sweeps to show that have no run yet; once one is shown, the page adds the next runs itself. */
  readonly #awaited = new Set<string>();

  constructor(options: {
    connection: Connection;
    runs: RunList;
    extension: vscode.Uri;
    memory: vscode.Memento;
    cli: string;
  }) {
    this.#connection = options.connection;
    this.#runs = options.runs;
    this.#extension = options.extension;
    this.#memory = options.memory;
    this.#outbox = new Outbox({
      post: (message) => this.#post(message),
      runs: () => {
        const settings = vscode.workspace.getConfiguration("distill");
        return {
          runs: this.#runs.trained(),
          answers: this.#runs.answers(),
          loaded: this.#runs.loaded,
          isDown: this.#connection.isDown,
          defaults: {
            smoothing: settings.get("chart.smoothing", 0.6),
            logScale: settings.get("chart.logScale", false),
          },
        };
      },
    });
    this.#inspections = new Inspections({
      connection: options.connection,
      cli: options.cli,
      tell: (directory, line) => void this.#post({ type: "inspection", directory, line }),
    });
    this.#disposables = [
      this.#inspections,
      vscode.window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: async (panel) => {
          // Handed over late, after another panel took its place.
          if (this.#panel !== undefined) panel.dispose();
          else this.#adopt(panel);
        },
      }),
      this.#outbox,
      this.#runs.onDidChange(() => {
        this.#noteRuns();
        this.#showAwaited();
      }),
      this.#connection.onStanding(() => this.#noteRuns()),
      this.#connection.onReady(() => void this.#post({ type: "stale" })),
      this.#connection.onRunEvents(({ directory, events }) => {
        const points = pointsOf(events);
        if (points !== undefined && this.#listening) this.#outbox.addPoints(directory, points);
      }),
      watchLeftPages(viewType, {
        isOpen: () => this.#panel !== undefined,
        replace: () => this.#open({ preserveFocus: true }),
      }),
      watchLostPage(viewType, {
        wasOpen: () => this.#memory.get(stateKey) !== undefined,
        isOpen: () => this.#panel !== undefined,
        reopen: () => this.#open({ preserveFocus: true, isLost: true }),
      }),
    ];
  }

  /** Opens the panel beside the editor, or reveals it, and shows exactly these runs. */
  show(
    directories: readonly string[],
    { tab, preserveFocus = false }: { readonly tab?: Tab; readonly preserveFocus?: boolean } = {},
  ): void {
    if (this.#panel === undefined) {
      this.#open({ preserveFocus });
    } else {
      this.#panel.reveal(undefined, preserveFocus);
    }
    this.#awaited.clear();
    this.#show(directories, tab);
  }

  #show(directories: readonly string[], tab?: Tab): void {
    const runs = directories.flatMap((directory) => {
      const run = this.#runs.get(directory);
      if (run?.sweep && run.sweep.members.length === 0) this.#awaited.add(directory);
      return run ? this.#runs.members(run).map((drawn) => drawn.directory) : [directory];
    });
    const message: HostMessage = { type: "show", directories: runs, ...(tab === undefined ? {} : { tab }) };
    if (this.#listening) {
      void this.#outbox.postRuns();
      void this.#post(message);
    } else this.#waiting.push(message);
  }

  #showAwaited(): void {
    for (const directory of this.#awaited) {
      if (!this.#runs.get(directory)?.sweep?.members.length) continue;
      this.#awaited.delete(directory);
      if (this.#panel !== undefined) this.#show([directory]);
    }
  }

  get #assets(): vscode.Uri {
    return vscode.Uri.joinPath(this.#extension, "dist", "webview");
  }

  /** Replaces a page that was left by an earlier host, or lost, with its settings. */
  #open({ preserveFocus, isLost = false }: { preserveFocus: boolean; isLost?: boolean }): void {
    const left = leftPages(viewType);
    const viewColumn = left[0]?.group.viewColumn ?? vscode.ViewColumn.Beside;
    const panel = vscode.window.createWebviewPanel(
      viewType,
      "Distillery Charts",
      { viewColumn, preserveFocus },
      { enableScripts: true, enableFindWidget: true, localResourceRoots: [this.#assets] },
    );
    this.#adopt(panel, left.length > 0 || isLost ? this.#memory.get<object>(stateKey) : undefined);
    void vscode.window.tabGroups.close(left, true);
  }

  /** @param state the page's settings, where the editor does not know them */
  #adopt(panel: vscode.WebviewPanel, state?: object): void {
    this.#panel = panel;
    this.#listening = false;
    panel.iconPath = {
      light: vscode.Uri.joinPath(this.#extension, "media", "file-light.svg"),
      dark: vscode.Uri.joinPath(this.#extension, "media", "file-dark.svg"),
    };
    panel.webview.options = { enableScripts: true, localResourceRoots: [this.#assets] };
    panel.webview.onDidReceiveMessage((value: unknown) => {
      const message = parsePanelMessage(value);
      if (message?.type === "keep") this.#keep(message);
      else if (message !== undefined) this.#answer(message).catch(reportFailure);
    });
    panel.onDidChangeViewState(() => {
      if (panel.visible) return;
      this.#listening = false;
      this.#inspections.dispose();
    });
    panel.onDidDispose(() => {
      if (this.#panel !== panel) return;
      this.#panel = undefined;
      this.#listening = false;
      this.#inspections.dispose();
      this.#waiting = [];
      void this.#memory.update(stateKey, undefined);
    });
    panel.webview.html = this.#page(panel.webview, { state, layout: this.#memory.get<object>(layoutKey) });
  }

  #keep({ state, layout }: PanelMessage & { type: "keep" }): void {
    void this.#memory.update(stateKey, state);
    if (!isDeepStrictEqual(layout, this.#memory.get(layoutKey))) void this.#memory.update(layoutKey, layout);
  }

  async #answer(message: Exclude<PanelMessage, { type: "keep" }>): Promise<void> {
    switch (message.type) {
      case "ready":
        this.#listening = true;
        this.#outbox.begin();
        for (const waiting of this.#waiting.splice(0)) void this.#post(waiting);
        return;
      case "read": {
        const { request, type: _, ...params } = message;
        const { directory } = params;
        const isKnown = this.#runs.get(directory) !== undefined;
        const result = isKnown ? await this.#connection.ask(ReadSeries, params) : undefined;
        void this.#post(
          result === undefined ? { type: "unread", request } : { type: "series", request, directory, result },
        );
        return;
      }
      case "readDetails": {
        const known = message.directories.filter((directory) => this.#runs.get(directory) !== undefined);
        const details = await Promise.all(known.map((directory) => readDetails(this.#connection, directory)));
        void this.#post({ type: "details", details: details.filter((read) => read !== undefined) });
        return;
      }
      case "readSettings": {
        const directories = message.directories.filter((own) => this.#runs.get(own) !== undefined);
        const table = await this.#connection.ask(ReadSettings, { directories });
        if (table !== undefined) void this.#post({ type: "settings", directories, table });
        return;
      }
      case "annotate": {
        const { type: _, directory, ...annotation } = message;
        if (this.#runs.get(directory) === undefined) return;
        const done = await this.#connection.ask(AnnotateRun, { directory, ...annotation });
        if (done !== undefined && done.problem === undefined) return;
        void this.#post({ type: "unkept", directory, annotation });
        if (done?.problem === undefined)
          notify("error", "The language server did not answer, so this was not kept.");
        else notify("error", `${done.problem.message} ${done.problem.hint ?? ""}`.trim());
        return;
      }
      case "readCard": {
        const { directory } = message;
        if (this.#runs.get(directory) === undefined) return;
        const card = await this.#connection.ask(ReadResultCard, { directory });
        if (card !== undefined)
          void this.#post({
            type: "card",
            directory,
            card: "problem" in card ? { damage: card.problem.message } : card,
          });
        return;
      }
      case "inspect":
        if (this.#runs.get(message.directory) !== undefined)
          this.#inspections.ask(message.directory, message.query);
        return;
      case "leaveInspection":
        this.#inspections.dispose();
        return;
      case "save":
        await savePicture(message, this.#runs.all()[0]?.experiment);
        return;
      case "saveCsv": {
        const runs = message.directories.flatMap((directory) => this.#runs.get(directory) ?? []);
        await saveCsv(this.#connection, { runs, name: message.name });
        return;
      }
      case "command":
        await vscode.commands.executeCommand(
          `distill.${message.command}`,
          ...(message.directory === undefined ? [] : [{ kind: "run", directory: message.directory }]),
        );
    }
  }

  /** A page that does not listen yet gets all runs when it does. */
  #noteRuns(): void {
    if (this.#listening) this.#outbox.noteRuns();
  }

  async #post(message: HostMessage): Promise<void> {
    if (this.#listening) await this.#panel?.webview.postMessage(message);
  }

  /** @param data what the page finds in its main element, by name */
  #page(webview: vscode.Webview, data: Readonly<Record<string, object | undefined>>): string {
    const nonce = randomBytes(16).toString("base64");
    const asset = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(this.#assets, name)).toString();
    const policy = [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src ${webview.cspSource}`,
      `img-src ${webview.cspSource} data:`,
    ].join("; ");
    const given = Object.entries(data)
      .map(([name, value]) =>
        value === undefined ? "" : ` data-${name}="${attribute(JSON.stringify(value))}"`,
      )
      .join("");
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Distillery Charts</title>
<link rel="stylesheet" href="${asset("style.css")}">
</head>
<body>
<main id="panel"${given}></main>
<script nonce="${nonce}" src="${asset("panel.js")}"></script>
</body>
</html>`;
  }

  /** The page stays: the editor keeps it when the window closes, and another host replaces it. */
  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}

function reportFailure(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  notify("error", `Distillery: ${message}`);
}

const attribute = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
