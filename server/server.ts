import {
  createConnection,
  DidChangeWatchedFilesNotification,
  ProposedFeatures,
  TextDocuments,
  WatchKind,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { URI } from "vscode-uri";
import { capabilities } from "./lsp/capabilities.ts";
import { checkOnDemand } from "./lsp/checkOnDemand.ts";
import { DataCache } from "./lsp/data.ts";
import { Diagnostics } from "./lsp/diagnostics.ts";
import { SeenEngines } from "./lsp/engines.ts";
import { Experiments, placeOf } from "./lsp/experiments.ts";
import { answerLanguageRequests } from "./lsp/features.ts";
import { FileWatch } from "./lsp/fileWatch.ts";
import { FileKnowledgeCache } from "./lsp/knowledge.ts";
import { Refresher } from "./lsp/refresher.ts";
import { LastRuns } from "./lsp/runs/lastRuns.ts";
import { findRunFolders, runsFolderOf } from "./lsp/runs/runFolders.ts";
import { answerRunRequests, tellClient } from "./lsp/runs/runRequests.ts";
import { RunsHub } from "./lsp/runs/runsHub.ts";
import { SeenTerms } from "./lsp/runs/termSizes.ts";
import { EnginesChanged, protocolVersion, type Settings, SettingsChanged } from "./protocol.ts";

/**
 * The language server: joins the language features and the run directories to one editor. It reads and watches, and
 * starts trainers that do not need it; whatever happens to it, no run notices.
 */

// Without a word about it, as from a shell: standard input and output.
if (!process.argv.some((argument) => /^--(stdio|node-ipc|socket|pipe)/.test(argument))) {
  process.argv.push("--stdio");
}

const connection = createConnection(ProposedFeatures.all);
const documents = new TextDocuments(TextDocument);
const experiments = new Experiments(documents);
const knowledge = new FileKnowledgeCache();
let refresher: Refresher | undefined;
let settings: Settings = {};
let watchesFiles = false;

const files: FileWatch = new FileWatch((uri) => diagnostics.schedule(uri));
const diagnostics = new Diagnostics({
  connection,
  experiments,
  knowledge,
  data: new DataCache(),
  engines: new SeenEngines(),
  termSizes: (file) => terms.of(file),
  lastRun: (file) => lastRuns.of(file),
  onChecked: (experiment) => files.set(experiment.uri, knowledge.filesOf(experiment)),
  onKnowledge: () => refresher?.hints(),
});

const terms = new SeenTerms();
const lastRuns = new LastRuns();
const client = tellClient(connection);
const hub = new RunsHub({
  ...client,
  runsChanged(runs, removed) {
    client.runsChanged(runs, removed);
    refresher?.lenses({ atOnce: runs.some(({ state }) => state !== "running") });
    for (const { uri, file } of experiments.all()) lookAtLastRun(uri, file);
  },
});

connection.onInitialize(
  ({ capabilities: clientCapabilities, initializationOptions, workspaceFolders, rootUri }) => {
    settings = asSettings(initializationOptions);
    refresher = new Refresher(connection, clientCapabilities);
    watchesFiles = clientCapabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    const roots = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []);
    watchRunsBelow(roots);
    return { capabilities, serverInfo: { name: "distillery", version: `protocol/${protocolVersion}` } };
  },
);

connection.onInitialized(() => {
  if (watchesFiles) {
    // An experiment that comes from elsewhere (a terminal, a checkout) may bring or get runs.
    const watchers = [{ globPattern: "**/*.distill.json", kind: WatchKind.Create }];
    report(connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }));
  }
  connection.workspace.onDidChangeWorkspaceFolders(({ added }) =>
    watchRunsBelow(added.map(({ uri }) => uri)),
  );
});

connection.onDidChangeWatchedFiles(({ changes }) => {
  for (const { uri } of changes) {
    const { file } = placeOf(uri);
    if (file !== undefined) report(hub.add(runsFolderOf(file, settings.runsDirectory)));
  }
});

documents.onDidOpen(({ document: { uri } }) => {
  diagnostics.schedule(uri, 0);
  const { file } = experiments.get(uri) ?? {};
  if (file !== undefined) report(hub.add(runsFolderOf(file, settings.runsDirectory)));
  lookAtLastRun(uri, file);
});
documents.onDidChangeContent(({ document: { uri } }) => diagnostics.schedule(uri));
documents.onDidClose(({ document: { uri } }) => {
  diagnostics.close(uri);
  files.set(uri, []);
});

answerLanguageRequests(connection, {
  experiments,
  knowledge,
  diagnostics,
  runsOf: (file) => hub.of(file),
  onLenses: () => refresher?.heard(),
});
answerRunRequests(connection, { hub, settings: () => settings });
checkOnDemand(connection, { experiments, diagnostics });

connection.onNotification(SettingsChanged, (changed) => {
  settings = asSettings(changed);
  for (const { file } of experiments.all()) {
    if (file !== undefined) report(hub.add(runsFolderOf(file, settings.runsDirectory)));
  }
});
connection.onNotification(EnginesChanged, () => {
  for (const { uri } of experiments.all()) diagnostics.schedule(uri, 0);
});
connection.onShutdown(async () => {
  refresher?.close();
  await Promise.all([hub.close(), files.close()]);
});

// A bug in one answer must not take the server away from all the others.
process.on("unhandledRejection", (reason) => connection.console.error(textOf(reason)));

documents.listen(connection);
connection.listen();

/** Where no folder is open there is nothing to look through; runs beside an open experiment are found all the same. */
function watchRunsBelow(uris: readonly string[]): void {
  for (const uri of uris) {
    const root = URI.parse(uri);
    if (root.scheme !== "file") continue;
    report(
      findRunFolders(root.fsPath, settings.runsDirectory).then(async (folders) => {
        await Promise.all(folders.map((folder) => hub.add(folder)));
      }),
    );
  }
}

/** What a run has shown of an experiment's losses and of its teacher is said of its text. */
function lookAtLastRun(uri: string, file: string | undefined): void {
  if (file === undefined) return;
  const runs = hub.of(file);
  const say = (isNews: boolean) => isNews && diagnostics.schedule(uri);
  report(lastRuns.look({ uri, file }, runs).then(say));
  const latest = runs.find(({ state }) => state !== "running");
  if (latest) report(terms.look(latest).then(say));
}

function report(work: Promise<unknown>): void {
  work.catch((error) => connection.console.error(textOf(error)));
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function asSettings(value: unknown): Settings {
  return typeof value === "object" && value !== null ? value : {};
}
