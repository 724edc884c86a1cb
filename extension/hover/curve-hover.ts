import * as vscode from "vscode";
import { languageId } from "../../server/protocol.ts";
import type { Connection } from "../client/connection.ts";
import type { Anchors } from "../inline/anchors.ts";
import type { Curves } from "../inline/curves.ts";
import { dataUri, lossPicture } from "../inline/loss-picture.ts";
import { lastValue } from "../inline/sparkline.ts";
import type { RunList } from "../runs/run-list.ts";
import { duration, grouped, number, stateWords } from "../runs/wording.ts";

const size = { width: 380, height: 170 };

interface Sources {
  readonly runs: RunList;
  readonly curves: Curves;
  readonly anchors: Anchors;
}

/**
 * On `losses` and on a loss of a file that has run: its curve, above what the language server says of the key. Of
 * several providers the one registered last comes first, so this one registers after the server, each time.
 */
export function showCurveHovers(connection: Connection, sources: Sources): vscode.Disposable {
  let provider = provideCurves(sources);
  const reordering = connection.onReady(() => {
    provider.dispose();
    provider = provideCurves(sources);
  });
  return new vscode.Disposable(() => {
    reordering.dispose();
    provider.dispose();
  });
}

function provideCurves({ runs, curves, anchors }: Sources): vscode.Disposable {
  return vscode.languages.registerHoverProvider(languageId, {
    provideHover(document, position) {
      const run = runs.current(document.uri.fsPath);
      const known = run && curves.of(run.directory);
      if (run === undefined || known === undefined) return undefined;
      const places = anchors.of(document).map((anchor) => ({ anchor, range: toRange(anchor.range) }));
      // The innermost: a loss stands inside the list of losses.
      const [at] = places
        .filter(({ range }) => range.contains(position))
        .sort((a, b) => (a.range.contains(b.range) ? 1 : -1));
      if (at === undefined) return undefined;
      const whole = at.anchor.name === "losses";
      const picture = lossPicture(run, known, {
        series: whole ? places.map(({ anchor }) => anchor.series) : [at.anchor.series],
        ground: isLight(vscode.window.activeColorTheme.kind) ? "light" : "dark",
        size,
      });
      if (picture === undefined) return undefined;
      const text = new vscode.MarkdownString(undefined, true);
      const last = lastValue(known[at.anchor.series]?.last ?? []);
      const name = whole ? "Loss" : at.anchor.name;
      text.appendMarkdown(`![Curve of ${name}](${dataUri(picture)})\n\n`);
      text.appendText(
        `${name}${last === undefined ? "" : ` ${number(last)}`} at step ${grouped(run.step)} · ${stateWords[run.state].toLowerCase()} · ${duration(run.elapsedSeconds)}`,
      );
      return new vscode.Hover(text, at.range);
    },
  });
}

const isLight = (kind: vscode.ColorThemeKind): boolean =>
  kind === vscode.ColorThemeKind.Light || kind === vscode.ColorThemeKind.HighContrastLight;

const toRange = ({ start, end }: { start: Place; end: Place }): vscode.Range =>
  new vscode.Range(start.line, start.character, end.line, end.character);

interface Place {
  readonly line: number;
  readonly character: number;
}
