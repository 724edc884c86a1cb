import { isDeepStrictEqual } from "node:util";
import {
  createConnection,
  DidChangeWatchedFilesNotification,
  ProposedFeatures,
  TextDocuments,
  WatchKind,
} from "vscode-languageserver/node";
import { TextDocument } from "vscode-languageserver-textdocument";
import { URI } from "vscode-uri";
import { type ReadingPolicy, refusal, setReadingPolicy } from "./data/reading.ts";
import { languageService } from "./language/languageService.ts";
import { capabilities } from "./lsp/capabilities.ts";
import { checkOnDemand } from "./lsp/checkOnDemand.ts";
import { DataCache } from "./lsp/data.ts";
import { Diagnostics } from "./lsp/diagnostics.ts";
import { CachedEngines } from "./lsp/engines.ts";
import { type Experiment, Experiments, placeOf } from "./lsp/experiments.ts";
import { answerLanguageRequests } from "./lsp/features.ts";
import { FileWatch } from "./lsp/fileWatch.ts";
import { limitImageCache } from "./lsp/imageCacheLimit.ts";
import { FileKnowledgeCache, stampOf } from "./lsp/knowledge.ts";
import { LensNews } from "./lsp/lensNews.ts";
import { Refresher } from "./lsp/refresher.ts";
import { LastRuns } from "./lsp/runs/lastRuns.ts";
import { nodeSearch } from "./lsp/runs/runCommands.ts";
import { findRunFolders, runsFolderOf } from "./lsp/runs/runFolders.ts";
import { answerRunRequests, notifyClient } from "./lsp/runs/runRequests.ts";
import { RunsHub } from "./lsp/runs/runsHub.ts";
import { CachedTerms } from "./lsp/runs/termSizes.ts";
import { examineWith } from "./modules/examiner.ts";
import { EnginesChanged, protocolVersion, type Settings, SettingsChanged } from "./protocol.ts";

/**
 * The language server: joins the language features and the run directories to one editor. It reads, watches, and starts
 * detached trainers; runs do not depend on it.
 */

// Without a transport argument, as from a shell: standard input and output.
if (!process.argv.some((argument) => /^--(stdio|node-ipc|socket|pipe)/.test(argument))) {
  process.argv.push("--stdio");
}

const connection = createConnection(ProposedFeatures.all);
const documents = new TextDocuments(TextDocument);
const experiments = new Experiments(documents);
const knowledge = new FileKnowledgeCache();
const data = new DataCache();
let refresher: Refresher | undefined;
let settings: Settings = {};
let watchesFiles = false;
/** URIs of the workspace's folders. */
const folders = new Set<string>();
let reading: ReadingPolicy | undefined;

const files: FileWatch = new FileWatch(stampOf, (uri) => diagnostics.schedule(uri));
const diagnostics = new Diagnostics({
  connection,
  experiments,
  knowledge,
  data,
  engines: new CachedEngines(),
  termSizes: (file) => terms.of(file),
  lastRun: (file) => lastRuns.of(file),
  executor: () => (settings.executor === "slurm" ? settings.executor : undefined),
  onRefreshed: (experiment) => report(watchFiles(experiment)),
  onKnowledge: () => refresher?.hints(),
});

const terms = new CachedTerms();
const lastRuns = new LastRuns();
const client = notifyClient(connection);
const lensesOf = ({ parsed, uri, file }: Experiment) =>
  languageService.codeLenses(parsed, uri, file ? hub.of(file) : []);
const lensNews = new LensNews(lensesOf);
const hub = new RunsHub({
  ...client,
  runsChanged(runs, removed) {
    client.runsChanged(runs, removed);
    if (lensNews.has(experiments.all()))
      refresher?.lenses({ atOnce: runs.some(({ state }) => state !== "running") });
    for (const { uri, file } of experiments.all()) readLastRun(uri, file);
  },
});

connection.onInitialize(
  ({ capabilities: clientCapabilities, initializationOptions, workspaceFolders, rootUri }) => {
    settings = asSettings(initializationOptions);
    limitImageCache(settings);
    examineWith(nodeSearch(settings));
    refresher = new Refresher(connection, clientCapabilities);
    watchesFiles = clientCapabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    const roots = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []);
    for (const uri of roots) folders.add(uri);
    mayRead();
    report(watchRunsBelow(roots));
    return { capabilities, serverInfo: { name: "distillery", version: `protocol/${protocolVersion}` } };
  },
);

connection.onInitialized(() => {
  if (watchesFiles) {
    // An experiment created elsewhere (terminal, checkout) may have runs.
    const watchers = [{ globPattern: "**/*.distill.json", kind: WatchKind.Create }];
    report(connection.client.register(DidChangeWatchedFilesNotification.type, { watchers }));
  }
  connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
    for (const { uri } of added) folders.add(uri);
    for (const { uri } of removed) folders.delete(uri);
    mayRead();
    report(watchRunsBelow(added.map(({ uri }) => uri)));
  });
});

connection.onDidChangeWatchedFiles(({ changes }) => {
  for (const { uri } of changes) {
    const { file } = placeOf(uri);
    if (file !== undefined) report(hub.add(runsFolderOf(file, settings.runsDirectory)));
  }
});

documents.onDidOpen(({ document: { uri } }) => {
  mayRead();
  diagnostics.schedule(uri, 0);
  const { file } = experiments.get(uri) ?? {};
  if (file !== undefined) report(hub.add(runsFolderOf(file, settings.runsDirectory)));
  readLastRun(uri, file);
  // An editor drops its request for lenses when the text loses focus right after it was opened.
  refresher?.lenses();
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
  lensesOf,
  runsOf: (file) => hub.of(file),
  lastRun: (file) => lastRuns.of(file),
  ground: () => settings.ground,
  onLenses: () => refresher?.heard(),
});
answerRunRequests(connection, {
  hub,
  settings: () => settings,
  findRuns: () => watchRunsBelow([...folders]),
});
checkOnDemand(connection, { experiments, diagnostics });

connection.onNotification(SettingsChanged, (changed) => {
  settings = asSettings(changed);
  limitImageCache(settings);
  examineWith(nodeSearch(settings));
  mayRead();
  for (const { file, uri } of experiments.all()) {
    if (file !== undefined) report(hub.add(runsFolderOf(file, settings.runsDirectory)));
    diagnostics.schedule(uri, 0);
  }
});
connection.onNotification(EnginesChanged, () => {
  for (const { uri } of experiments.all()) diagnostics.schedule(uri, 0);
});
connection.onShutdown(async () => {
  refresher?.close();
  await Promise.all([hub.close(), files.close()]);
});

// A bug in one answer must not end the server.
process.on("unhandledRejection", (reason) => connection.console.error(textOf(reason)));

documents.listen(connection);
connection.listen();

/**
 * Sets what may be read, and rereads everything if that changed. Without an open folder, an experiment's own is the workspace.
 */
function mayRead(): void {
  const open = [...folders].map((uri) => URI.parse(uri)).filter(({ scheme }) => scheme === "file");
  const own = experiments.all().flatMap(({ folder }) => folder ?? []);
  const next = {
    folders: open.length > 0 ? open.map(({ fsPath }) => fsPath) : [...new Set(own)],
    isTrusted: settings.trusted !== false,
  };
  if (isDeepStrictEqual(next, reading)) return;
  reading = next;
  setReadingPolicy(next);
  for (const { uri } of experiments.all()) diagnostics.schedule(uri, 0);
}

/** Watches the files of an experiment that may be read. */
async function watchFiles(experiment: Experiment): Promise<void> {
  const { uri } = experiment;
  const named = [...knowledge.stamps(experiment), ...data.stamps(experiment)];
  const refused = await Promise.all(named.map(({ file }) => refusal(file)));
  if (experiments.get(uri))
    files.set(
      uri,
      named.filter((_, i) => refused[i] === undefined),
    );
}

/** Without an open folder nothing is searched; runs beside an open experiment are found anyway. */
async function watchRunsBelow(uris: readonly string[]): Promise<void> {
  for (const uri of uris) {
    const root = URI.parse(uri);
    if (root.scheme !== "file") continue;
    const folders = await findRunFolders(root.fsPath, settings.runsDirectory);
    await Promise.all(folders.map((folder) => hub.add(folder)));
  }
}

/** Findings of a run about an experiment's losses and teacher are reported in its text. */
function readLastRun(uri: string, file: string | undefined): void {
  if (file === undefined) return;
  const runs = hub.of(file);
  const say = (isNews: boolean) => isNews && diagnostics.schedule(uri);
  report(lastRuns.refresh({ uri, file }, runs).then(say));
  const latest = runs.find(({ state }) => state !== "running");
  if (latest) report(terms.refresh(latest).then(say));
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
