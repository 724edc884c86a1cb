import * as vscode from "vscode";

/** The editor hands a restored page over within moments; after this time a page has no host. */
const handOverMilliseconds = 3000;

/**
 * Pages of panels without a panel in this extension host. Two kinds look alike: pages that the editor restored after a
 * reload and hands over when they are first shown, and pages whose host has ended (it was killed, or restarted for
 * another extension). The editor restarts the host but leaves the page tied to the old one: no message reaches it any
 * more.
 */
export function leftPages(viewType: string): vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap(({ tabs }) =>
    tabs.filter(
      ({ input }) =>
        // Some versions of the editor put a prefix before the view type.
        input instanceof vscode.TabInputWebview && input.viewType.split("-").at(-1) === viewType,
    ),
  );
}

/**
 * Calls `reopen` where a page was open when the window closed and the editor has not restored it. The web workbench
 * saves its tabs every few seconds, an extension's state at once: only the extension knows of a page that was opened
 * just before a reload.
 */
export function watchLostPage(
  viewType: string,
  { wasOpen, isOpen, reopen }: { wasOpen: () => boolean; isOpen: () => boolean; reopen: () => void },
): vscode.Disposable {
  if (!wasOpen()) return new vscode.Disposable(() => undefined);
  const timer = setTimeout(() => {
    // It may be closed by now, or restored but not shown yet.
    if (wasOpen() && !isOpen() && leftPages(viewType).length === 0) reopen();
  }, handOverMilliseconds);
  return new vscode.Disposable(() => clearTimeout(timer));
}

/** Calls `replace` when such a page is visible and was not handed over, which `isOpen` tells. */
export function watchLeftPages(
  viewType: string,
  { isOpen, replace }: { isOpen: () => boolean; replace: () => void },
): vscode.Disposable {
  const isLeft = () => !isOpen() && leftPages(viewType).some(({ isActive }) => isActive);
  let timer: NodeJS.Timeout | undefined;
  const check = () => {
    clearTimeout(timer);
    if (!isLeft()) return;
    timer = setTimeout(() => {
      if (isLeft()) replace();
    }, handOverMilliseconds);
  };
  check();
  return vscode.Disposable.from(
    vscode.window.tabGroups.onDidChangeTabs(check),
    vscode.window.tabGroups.onDidChangeTabGroups(check),
    { dispose: () => clearTimeout(timer) },
  );
}
