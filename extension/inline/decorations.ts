import * as vscode from "vscode";
import type { Anchor, RunSummary } from "../../server/protocol.ts";
import { isExperiment } from "../experiments/experiments.ts";
import { Pace } from "../runs/pace.ts";
import type { RunList } from "../runs/runList.ts";
import { number } from "../runs/wording.ts";
import type { Anchors } from "./anchors.ts";
import { chartPlace } from "./chartPlace.ts";
import type { Curves, RunCurves } from "./curves.ts";
import { ground } from "./ground.ts";
import { dataUri, lossPicture } from "./lossPicture.ts";
import { lastValue, sparkline } from "./sparkline.ts";
import { curveAtAnchor } from "./stagePart.ts";

const sparklineWidth = 16; // characters
const valueWidth = 10; // characters of the last value and the space before it

/** Four updates a second are enough in a text editor; the first comes at once. */
const redrawMilliseconds = 250;

/**
 * Resolves once the window has taken all that was sent to it. A slow one takes fewer pictures, instead of piling them up
 * before what a person asks for.
 */
const windowIsReady = async (): Promise<void> => {
  await vscode.commands.executeCommand("noop");
};

/**
 * Draws in the text editor: a sparkline with the last value behind `losses` and behind each loss, and, with
 * `distill.inlineChart`, the whole chart below the line of `losses`, where it covers no text.
 */
export function drawInline(sources: { runs: RunList; curves: Curves; anchors: Anchors }): vscode.Disposable {
  const { runs, curves, anchors } = sources;
  const sparklines = vscode.window.createTextEditorDecorationType({
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    after: { color: new vscode.ThemeColor("distill.sparkline"), margin: "0 0 0 2ch" },
  });
  const chart = vscode.window.createTextEditorDecorationType({
    rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
  });

  const drawn = new WeakMap<vscode.TextEditor, Map<vscode.TextEditorDecorationType, string>>();
  /** What is drawn already is not sent again: a chart is some 35 kB. */
  const decorate = (
    editor: vscode.TextEditor,
    type: vscode.TextEditorDecorationType,
    options: readonly vscode.DecorationOptions[],
  ) => {
    const sent = drawn.get(editor) ?? new Map<vscode.TextEditorDecorationType, string>();
    // An edit moves or removes what is drawn.
    const key = options.length === 0 ? "" : `${editor.document.version} ${JSON.stringify(options)}`;
    if ((sent.get(type) ?? "") === key) return;
    drawn.set(editor, sent.set(type, key));
    editor.setDecorations(type, options);
  };

  const draw = () => {
    const settings = vscode.workspace.getConfiguration("distill");
    const shown = new Set<string>();
    for (const editor of vscode.window.visibleTextEditors) {
      if (!isExperiment(editor.document)) continue;
      const run = runs.current(editor.document.uri.fsPath);
      if (run !== undefined) shown.add(run.directory);
      const known = run && curves.of(run.directory);
      const places = anchors.of(editor.document);
      const live = run !== undefined && known !== undefined && places.length > 0;
      decorate(
        editor,
        sparklines,
        live && settings.get("sparklines", true)
          ? sparklinesOf(editor.document, places, {
              run,
              curves: known,
              chart: settings.get("inlineChart", false),
            })
          : [],
      );
      decorate(
        editor,
        chart,
        live && settings.get("inlineChart", false) ? chartOf(editor, places, { run, curves: known }) : [],
      );
    }
    curves.keepOnly(shown);
  };
  const pace = new Pace(redrawMilliseconds, async () => {
    draw();
    await windowIsReady();
  });
  const drawSoon = () => pace.ask();

  return vscode.Disposable.from(
    pace,
    sparklines,
    chart,
    curves.onDidChange(drawSoon),
    anchors.onDidChange(drawSoon),
    runs.onDidChange(drawSoon),
    vscode.window.onDidChangeVisibleTextEditors(drawSoon),
    vscode.window.onDidChangeActiveColorTheme(drawSoon),
    vscode.workspace.onDidChangeConfiguration(
      (change) => change.affectsConfiguration("distill") && drawSoon(),
    ),
  );
}

function sparklinesOf(
  document: vscode.TextDocument,
  anchors: readonly Anchor[],
  { run, curves, chart }: { run: RunSummary; curves: RunCurves; chart: boolean },
): vscode.DecorationOptions[] {
  // Several losses may share a line, and its end.
  const byLine = new Map<number, { name: string; words: string }[]>();
  for (const anchor of anchors) {
    const { name, range } = anchor;
    const curve = curveAtAnchor(anchor, curves, run.stages);
    const last = curve && lastValue(curve.last);
    if (curve === undefined || last === undefined || range.start.line >= document.lineCount) continue;
    const line = byLine.get(range.start.line) ?? [];
    // Beside the chart, sparklines of the same terms would repeat it and push it further right.
    const small = chart && name !== "losses" ? "" : `${sparkline(curve.last, sparklineWidth)} `;
    line.push({ name, words: `${small}${number(last)}` });
    byLine.set(range.start.line, line);
  }
  return [...byLine].map(([line, entries]) => ({
    range: endOfLine(document, line),
    renderOptions: {
      after: {
        contentText: entries
          .map(({ name, words }) => (entries.length > 1 ? `${name} ${words}` : words))
          .join("  "),
      },
    },
  }));
}

function chartOf(
  editor: vscode.TextEditor,
  anchors: readonly Anchor[],
  { run, curves }: { run: RunSummary; curves: RunCurves },
): vscode.DecorationOptions[] {
  const { document } = editor;
  const anchor = anchors.find(({ name }) => name === "losses");
  if (anchor === undefined || anchor.range.start.line >= document.lineCount) return [];
  const line = anchor.range.start.line;
  const own = vscode.workspace.getConfiguration("distill");
  const lines = own.get("inlineChartHeight", 9);
  const settings = vscode.workspace.getConfiguration("editor", document);
  const fontSize = settings.get("fontSize", 14);
  const rowHeight = lineHeight(settings.get("lineHeight", 0), fontSize);
  const height = Math.round(lines * rowHeight);
  const place = chartPlace(
    (beside) => {
      if (beside >= document.lineCount) return 0;
      const hasValue = anchors.some(({ range }) => range.start.line === beside);
      return document.lineAt(beside).text.length + (hasValue ? valueWidth : 0);
    },
    { line, height: lines, lastLine: document.lineCount - 1 },
  );
  const width = own.get("inlineChartWidth", 320);
  const picture = lossPicture(run, curves, {
    series: anchors.map(({ series }) => series).filter((series, i, all) => all.indexOf(series) === i),
    ground: ground(),
    size: { width, height, fontSize: Math.max(10, Math.round(fontSize * 0.8)) },
  });
  if (picture === undefined) return [];
  // It is attached to the line above it, so it is drawn while that line is visible; attached to an empty line it would
  // move the cursor's apparent position.
  let holder = place.under;
  while (holder > line && document.lineAt(holder).isEmptyOrWhitespace) holder--;
  const top = `calc(100% + ${(place.under - holder) * rowHeight}px)`;
  const attachment = {
    width: `${width}px`,
    height: `${height}px`,
    // `textDecoration` goes into the style sheet unchanged, which is the established way to position an attachment.
    textDecoration: `none; position: absolute; top: ${top}; left: ${place.column}ch; pointer-events: none`,
  };
  return [
    {
      range: endOfLine(document, holder),
      renderOptions: {
        before: { ...attachment, contentIconPath: vscode.Uri.parse(dataUri(picture)) },
      },
    },
  ];
}

function endOfLine(document: vscode.TextDocument, line: number): vscode.Range {
  const { end } = document.lineAt(line).range;
  return new vscode.Range(end, end);
}

/** As the editor computes it: 0 follows the font size, a small number is a factor, others are pixels. */
function lineHeight(setting: number, fontSize: number): number {
  if (setting === 0) return Math.round(fontSize * 1.35);
  return setting < 8 ? Math.round(setting * fontSize) : setting;
}
