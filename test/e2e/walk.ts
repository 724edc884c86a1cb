import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { mnistLinks } from "./mnist.ts";
import { packedExtension, screenshots } from "./package.ts";
import { VSCode } from "./vscode.ts";
import { files } from "./walkFiles.ts";
import { firstDay } from "./walkFirstDay.ts";
import type { Scene } from "./walkScene.ts";
import { scenes, untrusted } from "./walkScenes.ts";
import { sourceFiles, sources } from "./walkSources.ts";
import { allThemes, changeTheme } from "./walkThemes.ts";

/**
 * Walks through everything that the extension shows, and takes a picture of each scene in four themes and three sizes, for a
 * person to look at. With --readme: those of the README, in one theme and size, to where they lie.
 */
const { values: options } = parseArgs({
  options: {
    readme: { type: "boolean", default: false },
    out: { type: "string" },
    scene: { type: "string", multiple: true },
    theme: { type: "string", multiple: true },
    width: { type: "string", multiple: true },
  },
});
const readme = ["panel", "hover"];
const ofReadme = fileURLToPath(new URL("../../media/readme/", import.meta.url));
const out = options.out ?? (options.readme ? ofReadme : path.join(screenshots, "walk"));
const isChosen = (chosen: readonly string[] | undefined, name: string) => chosen?.includes(name) ?? true;
const isWanted = ({ name }: Scene) =>
  options.readme ? readme.includes(name) : isChosen(options.scene, name);

const themes = options.readme
  ? allThemes.slice(0, 1)
  : allThemes.filter(({ name }) => isChosen(options.theme, name));
const readmeSize = { width: 1280, height: 800 };
const sizes = options.readme
  ? [readmeSize]
  : [{ width: 900, height: 700 }, readmeSize, { width: 1920, height: 1080 }].filter(({ width }) =>
      isChosen(options.width, String(width)),
    );

const vsix = packedExtension();
const calm = { "security.workspace.trust.startupPrompt": "never" };

/** A scene that does not come up in this time is left, and told. */
const patience = 300_000;
const hasDrawn = () => new Promise((resolve) => setTimeout(resolve, 400)); // Nothing tells when an editor has drawn all.

const missed: string[] = [];
let vs: VSCode;
for (const { all, ...workspace } of [
  { all: scenes, files, links: mnistLinks },
  { all: untrusted, files, links: mnistLinks, trusted: false },
  { all: sources, files: sourceFiles },
  { all: firstDay },
]) {
  const wanted = all.slice(0, all.findLastIndex(isWanted) + 1);
  if (wanted.length === 0) continue;
  vs = await VSCode.start({ vsix, ...workspace, viewport: readmeSize, settings: calm });
  try {
    for (const scene of wanted) {
      await attempt(scene.name, () => scene.before?.(vs));
      if (isWanted(scene)) await pictures(scene);
    }
  } finally {
    await vs.close();
  }
}
for (const what of missed) console.error(`missed ${what}`);
process.exit(missed.length === 0 ? 0 : 1);

async function pictures({ name, show, leave, clip }: Scene): Promise<void> {
  for (const size of sizes) {
    await vs.page.setViewportSize(size);
    for (const theme of themes) {
      await changeTheme(vs, theme);
      const file = options.readme
        ? path.join(out, `${name}.png`)
        : path.join(out, name, `${size.width}-${theme.name}.png`);
      await attempt(`${name} ${size.width} ${theme.name}`, async () => {
        await show?.(vs);
        await hasDrawn();
        await vs.screenshot(file, options.readme ? clip : undefined);
        await leave?.(vs);
      });
    }
  }
  console.log(`${name}: ${sizes.length * themes.length} pictures`);
}

async function attempt(what: string, act: () => Promise<unknown> | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${patience / 1000} s`)), patience);
  });
  try {
    await Promise.race([act(), late]);
  } catch (error) {
    missed.push(`${what}: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
    await vs.screenshot(path.join(out, "missed", `${what}.png`));
    await vs.press("Escape");
  } finally {
    clearTimeout(timer);
  }
}
