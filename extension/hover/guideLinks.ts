import * as vscode from "vscode";

const showPreview = "markdown.showPreview";
/** It ends its line: the path itself may contain parentheses. */
const guideLink = /\]\((file:\S+\.md)\)$/gm;

/** The same text, of which a link to a page of Markdown opens the page as it is read, and not its source. */
export function withGuidePreviews<T extends vscode.Hover["contents"][number]>(
  content: T,
): T | vscode.MarkdownString {
  if (!(content instanceof vscode.MarkdownString)) return content;
  const value = content.value.replaceAll(guideLink, (_, page: string) => {
    const given = encodeURIComponent(JSON.stringify([vscode.Uri.parse(page)]));
    return `](command:${showPreview}?${given})`;
  });
  if (value === content.value) return content;
  const text = new vscode.MarkdownString(value, content.supportThemeIcons);
  text.isTrusted = { enabledCommands: [showPreview] };
  return text;
}
