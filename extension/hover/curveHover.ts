import * as vscode from "vscode";
import { duration } from "../../server/duration.ts";
import { grouped } from "../../server/grouped.ts";
import { plainMarkdown } from "../../server/markdown.ts";
import type { Anchors } from "../inline/anchors.ts";
import type { Curves } from "../inline/curves.ts";
import { ground } from "../inline/ground.ts";
import { dataUri, lossPicture } from "../inline/lossPicture.ts";
import { lastValue } from "../inline/sparkline.ts";
import { curveAtAnchor } from "../inline/stagePart.ts";
import type { RunList } from "../runs/runList.ts";
import { endWords, number } from "../runs/wording.ts";

const size = { width: 380, height: 150 };

export interface Sources {
  readonly runs: RunList;
  readonly curves: Curves;
  readonly anchors: Anchors;
}

/** The curve of `losses`, or of one loss, of a file that has run, above the server's hover of the key. */
export function curveAt(
  { runs, curves, anchors }: Sources,
  document: vscode.TextDocument,
  position: vscode.Position,
): vscode.MarkdownString | undefined {
  const run = runs.current(document.uri.fsPath);
  const known = run && curves.of(run.directory);
  if (run === undefined || known === undefined) return undefined;
  const places = anchors.of(document).map((anchor) => ({ anchor, range: toRange(anchor.range) }));
  // The innermost place: a loss stands inside the list of losses.
  const [at] = places
    .filter(({ range }) => range.contains(position))
    .sort((a, b) => (a.range.contains(b.range) ? 1 : -1));
  if (at === undefined) return undefined;
  const whole = at.anchor.name === "losses";
  const all = whole && at.anchor.stage === undefined;
  const ofStage = places.filter(({ anchor }) => anchor.stage === at.anchor.stage);
  const drawn = (whole ? ofStage : [at]).map(({ anchor }) => anchor);
  const parts = drawn.map((anchor) => [anchor.series, curveAtAnchor(anchor, known, run.stages)] as const);
  const drawnCurves = Object.fromEntries(parts.flatMap(([series, part]) => (part ? [[series, part]] : [])));
  const picture = lossPicture(all ? run : { name: run.name }, drawnCurves, {
    series: drawn.map(({ series }) => series),
    ground: ground(),
    size,
  });
  if (picture === undefined) return undefined;
  const name = whole ? "Loss" : at.anchor.name;
  const last = lastValue(drawnCurves[at.anchor.series]?.last ?? []);
  const step = drawnCurves[at.anchor.series]?.step.at(-1) ?? run.step;
  const words = [
    `${name}${last === undefined ? "" : ` ${number(last)}`} at step ${grouped(at.anchor.stage === undefined ? run.step : step)}`,
    endWords(run),
    duration(run.elapsedSeconds),
  ];
  const text = new vscode.MarkdownString(undefined, true);
  text.appendMarkdown(`![Curve of ${plainMarkdown(name)}](${dataUri(picture)})\n\n`);
  text.appendText(words.join(" · "));
  return text;
}

const toRange = ({ start, end }: { start: Place; end: Place }): vscode.Range =>
  new vscode.Range(start.line, start.character, end.line, end.character);

interface Place {
  readonly line: number;
  readonly character: number;
}
