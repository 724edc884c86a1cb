import { placeOf } from "./mnist.ts";
import { until } from "./until.ts";
import type { VSCode } from "./vscode.ts";
import { layers, mnist } from "./walkFiles.ts";
import { closeToasts, dismiss, firstPick, goTo, type Scene, suggest, undo } from "./walkScene.ts";

/** What a person sees who writes an experiment and has not run it. */
export const writing: readonly Scene[] = [
  {
    name: "new-experiment",
    show: async (vs) => {
      await vs.runCommand("distill.newExperiment", "Distillery: New Experiment");
      await firstPick(vs);
    },
    leave: dismiss,
  },
  {
    name: "starting-points",
    show: async (vs) => {
      await vs.openFile("empty.distill.json");
      await suggest(vs);
    },
    leave: dismiss,
  },
  {
    name: "refused",
    show: async (vs) => {
      await vs.openFile("wrong.distill.json");
      await vs.runCommand("distill.run", "Distillery: Run");
      await vs.toasts.first().waitFor();
    },
    leave: closeToasts,
  },
  {
    name: "problems",
    show: async (vs) => {
      await vs.problems();
    },
    leave: (vs) => vs.runCommand("workbench.action.closePanel", "View: Hide Panel"),
  },
  {
    name: "quick-fix",
    show: async (vs) => {
      await goTo(vs, "wrong.distill.json", '"batchsize"', 2);
      await vs.press("Control+.");
      await vs.page.locator(".action-widget .monaco-list-row").first().waitFor();
    },
    leave: dismiss,
  },
  {
    name: "hover-loss",
    show: (vs) => vs.hover(...placeOf(mnist, '"kd"'), "Hinton"),
    before: (vs) => vs.openFile("mnist.distill.json"),
    leave: dismiss,
  },
  {
    name: "hover-file",
    show: (vs) => vs.hover(...placeOf(mnist, '"data/train-images'), "28"),
    leave: dismiss,
  },
  {
    name: "complete-loss",
    show: async (vs) => {
      await goTo(vs, "mnist.distill.json", '"kd"', 1);
      await suggest(vs);
    },
    leave: dismiss,
  },
  {
    name: "complete-file",
    show: async (vs) => {
      await goTo(vs, "mnist.distill.json", '"data/train-images', 6);
      await suggest(vs);
    },
    leave: dismiss,
  },
  {
    name: "outline",
    show: async (vs) => {
      await vs.press("Control+Shift+O");
      await firstPick(vs);
    },
    leave: dismiss,
  },
  {
    name: "layers",
    show: (vs) => goTo(vs, "layers.distill.json", '"layers": ['),
  },
  {
    name: "complete-layer",
    show: async (vs) => {
      await goTo(vs, "layers.distill.json", '"teacher": "edges"', 12);
      await suggest(vs, "shapes");
    },
    leave: dismiss,
  },
  {
    name: "definition",
    show: async (vs) => {
      await goTo(vs, "layers.distill.json", '"teacher": "edges"', 13);
      const [line] = placeOf(layers, '"edges"');
      await until("the cursor at the layer", async () => {
        await vs.press("F12");
        await vs.page.getByText(`Ln ${line}, `).waitFor({ timeout: 2_000 });
        return true;
      });
    },
  },
  {
    name: "rename",
    show: async (vs) => {
      await goTo(vs, "layers.distill.json", '"teacher": "edges"', 13);
      await rename(vs, "borders");
      // Of a low window's lines only some are drawn, so not both places.
      await until("the new name", async () =>
        (await vs.lines("layers.distill.json")).join().includes('"borders"'),
      );
    },
    leave: undo,
  },
  {
    name: "rename-refused",
    show: async (vs) => {
      await goTo(vs, "layers.distill.json", '"teacher": "edges"', 13);
      await rename(vs, "shapes");
      await vs.toasts.filter({ hasText: "Another layer" }).first().waitFor();
    },
    leave: closeToasts,
  },
  {
    name: "formatted",
    show: async (vs) => {
      await vs.openFile("messy.distill.json");
      await vs.goTo(placeOf(layers, '"training"')[0]); // Of a low window's lines only some are drawn.
      await until("the formatted text", async () => {
        await vs.runCommand("editor.action.formatDocument", "Format Document");
        return (await vs.lines("messy.distill.json")).join().includes('"seed": 3,');
      });
    },
    leave: undo,
  },
  {
    name: "folded",
    show: async (vs) => {
      await goTo(vs, "layers.distill.json", '"name"');
      await vs.runCommand("editor.foldLevel2", "Fold Level 2");
    },
    leave: (vs) => vs.runCommand("editor.unfoldAll", "Unfold All"),
  },
  { name: "broken", show: (vs) => vs.openFile("broken.distill.json") },
  {
    name: "link",
    show: async (vs) => {
      await goTo(vs, "mnist.distill.json", '"data/train-labels', 3);
      await vs.runCommand("editor.action.openLink", "Open Link");
      await vs.page.locator(".tab.active", { hasText: "train-labels" }).waitFor();
    },
    leave: (vs) => vs.runCommand("workbench.action.closeActiveEditor", "View: Close Editor"),
  },
];

async function rename(vs: VSCode, name: string): Promise<void> {
  const box = vs.page.locator(".rename-box input");
  await until("the box for a name", async () => {
    await vs.press("F2");
    await box.fill(name, { timeout: 2_000 });
    return true;
  });
  await vs.press("Enter");
}
