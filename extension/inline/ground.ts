import * as vscode from "vscode";
import type { Ground } from "../../server/chart/colours.ts";

/** What pictures are drawn on. */
export function ground(): Ground {
  const { kind } = vscode.window.activeColorTheme;
  return kind === vscode.ColorThemeKind.Light || kind === vscode.ColorThemeKind.HighContrastLight
    ? "light"
    : "dark";
}
