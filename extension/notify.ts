import * as vscode from "vscode";
import { inQuotes } from "../server/codeSpans.ts";

export type Severity = "info" | "warning" | "error";

/** Actions of a notification's buttons, by label. */
export type Answers = Readonly<Record<string, () => unknown>>;

/**
 * Shows a notification and returns at once: it may stay for hours, so no caller waits for its answer. A button's action
 * runs when it is pressed; if it fails, a notification says so.
 */
export function notify(severity: Severity, message: string, answers: Answers = {}): void {
  const shown = show[severity](inQuotes(message), ...Object.keys(answers));
  void shown.then(async (chosen) => {
    try {
      if (chosen !== undefined) await answers[chosen]?.();
    } catch (error) {
      notify("error", `Distillery: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}

/**
 * Asks in a modal dialog, which a caller may wait for.
 * @returns whether the button was pressed
 */
export async function confirm(question: string, { detail, button }: Confirmation): Promise<boolean> {
  const chosen = await vscode.window.showWarningMessage(question, { modal: true, detail }, button);
  return chosen === button;
}

export interface Confirmation {
  readonly detail: string;
  readonly button: string;
}

const show = {
  info: (message: string, ...buttons: string[]) => vscode.window.showInformationMessage(message, ...buttons),
  warning: (message: string, ...buttons: string[]) => vscode.window.showWarningMessage(message, ...buttons),
  error: (message: string, ...buttons: string[]) => vscode.window.showErrorMessage(message, ...buttons),
};
