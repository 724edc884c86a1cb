import * as vscode from "vscode";

/** A page that the editor restores is handed over within moments; one that nobody has got after this has no host. */
const handOverMilliseconds = 3000;

/**
 * Pages of panels that no panel of this extension host stands for. Two kinds look alike: those that the editor has
 * restored after a reload and hands over when they are first seen; and those whose host has ended under them (it was
 * killed, or restarted for another extension). The editor starts the host anew but leaves the page as it was, tied to
 * one that is gone: nothing reaches it any more.
 */
export function leftPages(viewType: string): vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap(({ tabs }) =>
    tabs.filter(
      ({ input }) =>
        // Some versions of the editor put a word of their own before the view type.
        input instanceof vscode.TabInputWebview && input.viewType.split("-").at(-1) === viewType,
    ),
  );
}

/**
 * Calls `reopen` where a page was open when the window went away and the editor has not brought it back. The web workbench
 * writes down its tabs every few seconds, and what an extension remembers at once: of a page that was opened just before
 * a reload only the extension knows.
 */
export function watchLostPage(
  viewType: string,
  { wasOpen, isOpen, reopen }: { wasOpen: () => boolean; isOpen: () => boolean; reopen: () => void },
): vscode.Disposable {
  if (!wasOpen()) return new vscode.Disposable(() => undefined);
  const timer = setTimeout(() => {
    // It may have been closed since, or be there without having been seen yet.
    if (wasOpen() && !isOpen() && leftPages(viewType).length === 0) reopen();
  }, handOverMilliseconds);
  return new vscode.Disposable(() => clearTimeout(timer));
}

/** Calls `replace` when such a page is on the screen and was not handed over, which `isOpen` tells. */
export function watchLeftPages(
  viewType: string,
  { isOpen, replace }: { isOpen: () => boolean; replace: () => void },
): vscode.Disposable {
  const isLeft = () => !isOpen() && leftPages(viewType).some(({ isActive }) => isActive);
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    clearTimeout(timer);
    if (!isLeft()) return;
    timer = setTimeout(() => {
      if (isLeft()) replace();
    }, handOverMilliseconds);
  };
  look();
  return vscode.Disposable.from(
    vscode.window.tabGroups.onDidChangeTabs(look),
    vscode.window.tabGroups.onDidChangeTabGroups(look),
    { dispose: () => clearTimeout(timer) },
  );
}
