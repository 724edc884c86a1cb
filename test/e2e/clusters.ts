import path from "node:path";
import { extensionId, packedExtension, screenshots } from "./package.ts";
import { VSCode } from "./vscode.ts";

/** The experiment that `scene` in test/run/support.ts writes. */
export const file = "clusters.distill.json";

/** An editor for a test of three noisy clusters, which train in a second or two, and what such tests look at. */
export async function startWithClusters() {
  const vs = await VSCode.start({ vsix: packedExtension() });
  const panel = () => vs.webview(extensionId);
  return {
    vs,
    panel,
    runsFolder: path.join(vs.folders.workspace, ".distill", "runs"),
    treeRow: (words: string | RegExp) =>
      vs.page.locator(".pane-body .monaco-list-row").filter({ hasText: words }).first(),
    shot: (name: string) => vs.screenshot(path.join(screenshots, `${name}.png`)),

    /** Opens the experiment with the runs beside it, and runs it. */
    async run(): Promise<void> {
      await vs.openFile(file);
      await vs.openRunsView();
      await vs.runCommand("distill.run", "Distillery: Run");
    },

    async toLightTheme(): Promise<void> {
      vs.writeWorkspaceSettings({ "workbench.colorTheme": "Default Light Modern" });
      await panel().locator("body.vscode-light").waitFor();
    },
  };
}
