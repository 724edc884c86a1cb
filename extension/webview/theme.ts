import type { Ground } from "../../server/chart/colours.ts";
import type { Ink } from "../../server/chart/svg.ts";

/** The editor's colours as values, for canvas and SVG; read again when the theme changes. */
export interface Theme extends Ink {
  readonly ground: string;
  readonly kind: Ground;
  readonly highContrast: boolean;
  readonly selection: string;
  readonly font: string;
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const value = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  const classes = document.body.classList;
  const light = classes.contains("vscode-light") || classes.contains("vscode-high-contrast-light");
  const highContrast =
    classes.contains("vscode-high-contrast") || classes.contains("vscode-high-contrast-light");
  const text = value("--vscode-editor-foreground", light ? "#3b3b3b" : "#cccccc");
  return {
    text,
    muted: highContrast ? text : value("--vscode-descriptionForeground", text),
    // Faint enough to lie behind the lines; in high contrast a dotted line in full colour instead.
    grid: highContrast ? text : light ? "rgba(0, 0, 0, 0.1)" : "rgba(255, 255, 255, 0.1)",
    ground: value("--vscode-editor-background", light ? "#ffffff" : "#1f1f1f"),
    selection: value("--vscode-focusBorder", "#0078d4"),
    font: value("--vscode-font-family", "system-ui, sans-serif"),
    kind: light ? "light" : "dark",
    highContrast,
  };
}

export function onThemeChange(changed: () => void): void {
  new MutationObserver(changed).observe(document.body, {
    attributes: true,
    attributeFilter: ["class", "style"],
  });
  new MutationObserver(changed).observe(document.documentElement, {
    attributes: true,
    attributeFilter: ["style"],
  });
}
