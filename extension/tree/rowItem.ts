import path from "node:path";
import * as vscode from "vscode";
import { codeSpans } from "../../server/codeSpans.ts";
import { duration } from "../../server/duration.ts";
import { counted, grouped } from "../../server/grouped.ts";
import { plainMarkdown as plain } from "../../server/markdown.ts";
import type { RunFacts, RunState, RunSummary } from "../../server/protocol.ts";
import { metricText } from "../../server/tasks/metricText.ts";
import { folderWords } from "../experiments/folderWords.ts";
import {
  cautions,
  fullName,
  gist,
  metricWords,
  progressWords,
  rowName,
  rowWords,
  runName,
  settingWords,
  spokenWords,
  standingWords,
  startWords,
  warned,
  whyFailed,
} from "../runs/wording.ts";
import { contextOf } from "./rowModel.ts";

export function experimentItem(file: string, count: number): vscode.TreeItem {
  const item = new vscode.TreeItem(path.basename(file), vscode.TreeItemCollapsibleState.Expanded);
  item.id = file;
  item.resourceUri = vscode.Uri.file(file);
  item.iconPath = vscode.ThemeIcon.File;
  item.description = folderWords(item.resourceUri);
  const runs = counted(count, "run");
  item.tooltip = `${file}\n${runs}`;
  item.contextValue = "experiment";
  item.accessibilityInformation = { label: `Experiment ${path.basename(file)}, ${runs}` };
  return item;
}

const icons: Readonly<Record<RunState, vscode.ThemeIcon>> = {
  running: new vscode.ThemeIcon("sync~spin", new vscode.ThemeColor("charts.blue")),
  completed: new vscode.ThemeIcon("pass", new vscode.ThemeColor("testing.iconPassed")),
  failed: new vscode.ThemeIcon("error", new vscode.ThemeColor("testing.iconFailed")),
  stopped: new vscode.ThemeIcon("debug-pause", new vscode.ThemeColor("disabledForeground")),
  unreadable: new vscode.ThemeIcon("question", new vscode.ThemeColor("disabledForeground")),
  interrupted: new vscode.ThemeIcon("debug-disconnect", new vscode.ThemeColor("list.warningForeground")),
};

/** For a completed run: a green tick would claim that all is well. */
const warnedIcon = new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground"));

/** @param command runs on a click */
export function runItem(
  run: RunSummary,
  { isPinned, command }: { readonly isPinned: boolean; readonly command: vscode.Command },
): vscode.TreeItem {
  const name = runName(run);
  const item = new vscode.TreeItem(rowName(run), collapsibleState(run));
  item.id = run.directory;
  item.iconPath = run.state === "completed" && warned(run) ? warnedIcon : icons[run.state];
  item.description = isPinned ? `pinned · ${rowWords(run)}` : rowWords(run);
  item.contextValue = contextOf(run, isPinned);
  item.command = command;
  item.accessibilityInformation = {
    label: `${run.sweep ? "Sweep" : "Run"} of ${name}, ${spokenWords(run)}${isPinned ? ", pinned" : ""}`,
  };
  return item;
}

/** A sweep in progress is expanded; one that has ended is collapsed. */
function collapsibleState({ sweep, state }: RunSummary): vscode.TreeItemCollapsibleState {
  if (sweep === undefined) return vscode.TreeItemCollapsibleState.None;
  return state === "running"
    ? vscode.TreeItemCollapsibleState.Expanded
    : vscode.TreeItemCollapsibleState.Collapsed;
}

export function tooltip(run: RunSummary, engine: RunFacts["engine"], damage?: string): vscode.MarkdownString {
  const text = new vscode.MarkdownString(undefined, true);
  text.appendMarkdown(`**${plain(fullName(run))}** \u2014 ${standingWords(run)}\n\n`);
  if (run.state === "running") text.appendMarkdown(`${progressWords(run)}\n\n`);
  if (run.sweep?.answer !== undefined) text.appendMarkdown(`${plain(run.sweep.answer)}\n\n`);
  // A stopped run names the signal that stopped it.
  if (run.message !== undefined && run.state !== "stopped")
    text.appendMarkdown(`$(warning) ${marked(whyFailed(run))}\n\n`);
  // The message already says so for a run that cannot be read.
  if (damage !== undefined && run.state !== "unreadable")
    text.appendMarkdown(`$(warning) ${plain(damage)}\n\n`);
  const rows = gist(run).map(([name, value]) => [plain(metricWords(name)), metricText(name, value)] as const);
  const settings = Object.entries(run.member?.settings ?? {}).map(
    ([path, value]) => [plain(path), plain(settingWords(value))] as const,
  );
  if (run.changes)
    text.appendMarkdown(`Against the run before it: ${run.changes.map(plain).join(" · ")}\n\n`);
  for (const caution of [...(warned(run)?.full ?? []), ...cautions(run)])
    text.appendMarkdown(`$(warning) ${marked(caution)}\n\n`);
  const facts = [
    ...settings,
    ...rows,
    ...(run.gain ? [["student − alone", plain(run.gain.text)] as const] : []),
    ...(run.parameters === undefined ? [] : [["parameters", grouped(run.parameters)] as const]),
    ...Object.entries(run.sources ?? {}).map(([name, words]) => [plain(name), plain(words)] as const),
    ...engine.map(([name, words]) => [plain(name), plain(words)] as const),
    ["started", plain(startWords(run.startedAt))] as const,
    ...(run.state === "unreadable" ? [] : [["elapsed", duration(run.elapsedSeconds)] as const]),
    ["id", plain(run.id)] as const,
  ];
  text.appendMarkdown(
    ["| | |", "|---|---|", ...facts.map(([name, value]) => `| ${name} | ${value} |`)].join("\n"),
  );
  return text;
}

/** A message as Markdown: code where it has backticks, all else as it is written. */
const marked = (message: string): string =>
  codeSpans(message)
    .map(({ text, isCode }) => (isCode ? `\`${text}\`` : plain(text)))
    .join("");
