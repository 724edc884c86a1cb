import { EventEmitter } from "node:events";
import { registerHooks } from "node:module";
import { URI, Utils } from "vscode-uri";

/**
 * Stands in for the editor and its language client, so that the extension runs in this process: `vscode` and
 * `vscode-languageclient/node` are modules that only a real editor has. Dialogs and pickers are answered at once with
 * their first choice, or the one that `choose` names; notifications are never answered. What a view draws is discarded.
 */
export interface EditorStub {
  /** The commands that the extension registered, by id. */
  readonly commands: ReadonlyMap<string, (...args: unknown[]) => unknown>;
  /** Texts of the visible notifications. */
  readonly notifications: string[];
  /** Labels of their buttons. */
  readonly buttons: string[][];
  /** Labels of each list that was offered for choice. */
  readonly offered: string[][];
  /** The lines below them. */
  readonly details: string[];
  /** The label that is chosen of a list; absent: the first. */
  choose?: string;
  /** Path of the file in the active editor. */
  activeFile?: string;
  /** Texts of the files that were written, by path. */
  readonly written: Map<string, string>;
  /** Messages of the status bar, with their icons. */
  readonly statusMessages: string[];
  /** Requests to the language server, by method. */
  readonly requests: string[];
  /** The language server's answers. */
  answer: (method: string) => unknown;
  /** The language server's process ends. */
  crash: () => void;
  /** Sends a notification from the language server. */
  tell: (method: string, params: unknown) => void;
}

export function stubEditor(): EditorStub {
  const commands = new Map<string, (...args: unknown[]) => unknown>();
  const told = new Map<string, (params: unknown) => void>();
  const stub: EditorStub = {
    commands,
    notifications: [],
    buttons: [],
    offered: [],
    details: [],
    written: new Map(),
    statusMessages: [],
    requests: [],
    answer: () => undefined,
    crash: () => undefined,
    tell: (method, params) => told.get(method)?.(params),
  };

  const show = (message: string, ...rest: unknown[]) => {
    const [options, ...buttons] = rest;
    if (typeof options === "object" && options !== null && "modal" in options)
      return Promise.resolve(buttons[0]);
    stub.notifications.push(message);
    stub.buttons.push(rest as string[]);
    return new Promise(() => undefined);
  };
  const first = async (items: unknown) => {
    const list = (await items) as readonly { readonly label: string; readonly detail?: string }[];
    stub.offered.push(list.map(({ label }) => label));
    stub.details.push(...list.flatMap(({ detail }) => detail ?? []));
    return list.find(({ label }) => label === stub.choose) ?? list[0];
  };

  serve("vscode", {
    ...nouns,
    window: withNothingElse({
      showInformationMessage: show,
      showWarningMessage: show,
      showErrorMessage: show,
      setStatusBarMessage: (message: string) => {
        stub.statusMessages.push(message);
        return nothing;
      },
      showQuickPick: first,
      showInputBox: async ({ value }: { value: string }) => value,
      showSaveDialog: async () => URI.file("/work/saved"),
      showOpenDialog: async () => [URI.file("/work")],
      withProgress: (_: unknown, work: (...args: unknown[]) => unknown) => work(nothing, nothing),
      get activeTextEditor() {
        return stub.activeFile === undefined
          ? undefined
          : withNothingElse({ document: withNothingElse({ uri: URI.file(stub.activeFile) }) });
      },
      visibleTextEditors: [],
      tabGroups: withNothingElse({ all: [] }),
      createQuickPick: picker,
    }),
    workspace: withNothingElse({
      isTrusted: true,
      textDocuments: [],
      workspaceFolders: [{ uri: URI.file("/work") }],
      getWorkspaceFolder: () => ({ uri: URI.file("/work"), name: "work" }),
      findFiles: async () => [URI.file("/work/a.distill.json"), URI.file("/work/b.distill.json")],
      asRelativePath: (uri: URI) => String(uri),
      getConfiguration: () =>
        withNothingElse({ get: (_: string, otherwise: unknown) => otherwise, update: async () => undefined }),
      fs: {
        stat: () => Promise.reject(new Error("there is no such file")),
        writeFile: async (uri: URI, content: Uint8Array) => {
          stub.written.set(uri.path, new TextDecoder().decode(content));
        },
        delete: () => Promise.reject(new Error("there is no trash")),
      },
      openTextDocument: async (uri: unknown) => withNothingElse({ uri }),
    }),
    commands: {
      registerCommand: (id: string, run: (...args: unknown[]) => unknown) => {
        commands.set(id, run);
        return nothing;
      },
      executeCommand: async (id: string, ...args: unknown[]) => commands.get(id)?.(...args),
    },
    env: { clipboard: { writeText: async () => undefined }, uiKind: 1, remoteName: undefined },
    tasks: withNothingElse({}),
  });
  serve("vscode-languageclient/node", {
    ...Object.fromEntries(
      ["CloseAction", "ErrorAction", "RevealOutputChannelOn", "TransportKind"].map((name) => [name, {}]),
    ),
    LanguageClient: class {
      readonly state = 2; // running
      #listeners: ((change: { newState: number }) => void)[] = [];
      constructor(
        ...[, , , { errorHandler }]: [string, string, object, { errorHandler: { closed: () => void } }]
      ) {
        stub.crash = () => errorHandler.closed();
      }
      async start() {
        for (const listener of this.#listeners) listener({ newState: this.state });
      }
      restart = () => this.start();
      async sendNotification() {}
      async sendRequest(method: string) {
        stub.requests.push(method);
        return stub.answer(method);
      }
      onNotification(method: string, listener: (params: unknown) => void) {
        told.set(method, listener);
        return nothing;
      }
      onDidChangeState(listener: (change: { newState: number }) => void) {
        this.#listeners.push(listener);
        return nothing;
      }
      dispose() {}
    },
  });
  return stub;
}

/** Accepts any use: call it, read it, construct one, dispose of it. It is no promise. */
const nothing: object = new Proxy(class {}, {
  get: (_, key) => (key === "then" ? undefined : key === Symbol.toPrimitive ? () => "" : nothing),
  set: () => true,
  apply: () => nothing,
  construct: () => nothing,
});

/** The members that a test defines; any other does nothing. */
const withNothingElse = (known: object): object =>
  new Proxy(known, {
    get: (target, key) => (key in target ? Reflect.get(target, key) : key === "then" ? undefined : nothing),
  });

/** A picker that was dismissed. */
const picker = () => {
  const hidden = new EventEmitter();
  return withNothingElse({
    onDidAccept: () => nothing,
    onDidHide: (listener: () => void) => hidden.on("hide", listener),
    show: () => hidden.emit("hide"),
  });
};

class Emitter {
  readonly #listeners = new Set<(value: unknown) => void>();
  event = (listener: (value: unknown) => void) => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };
  fire(value: unknown) {
    for (const listener of [...this.#listeners]) listener(value);
  }
  dispose() {
    this.#listeners.clear();
  }
}

const nouns = {
  Uri: Object.assign(URI, { joinPath: Utils.joinPath }),
  EventEmitter: Emitter,
  ...Object.fromEntries(
    [
      ...[
        "CodeLens",
        "ColorThemeKind",
        "ConfigurationTarget",
        "DecorationRangeBehavior",
        "Disposable",
        "Hover",
      ],
      ...[
        "MarkdownString",
        "Position",
        "ProcessExecution",
        "ProgressLocation",
        "QuickPickItemKind",
        "Range",
        "StatusBarAlignment",
      ],
      ...[
        "TabInputWebview",
        "Task",
        "TaskPanelKind",
        "TaskRevealKind",
        "TaskScope",
        "ThemeColor",
        "ThemeIcon",
      ],
      ...["TreeItem", "TreeItemCollapsibleState", "UIKind", "ViewColumn", "OverviewRulerLane"],
    ].map((name) => [name, nothing]),
  ),
};

/** Imports of `name` get these exports. */
function serve(name: string, exports: Readonly<Record<string, unknown>>): void {
  const url = `stub:${name}`;
  const key = JSON.stringify(url);
  Reflect.set(globalThis, url, exports);
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier === name ? { url, shortCircuit: true } : next(specifier, context),
    load: (wanted, context, next) =>
      wanted === url
        ? {
            format: "module",
            shortCircuit: true,
            source: Object.keys(exports)
              .map((each) => `export const ${each} = globalThis[${key}].${each};`)
              .join("\n"),
          }
        : next(wanted, context),
  });
}
