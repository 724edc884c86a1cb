import { randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { type Browser, chromium, type FrameLocator, type Locator, type Page } from "playwright-core";
import { signal } from "../support/signal.ts";
import { calmSettings } from "./calmSettings.ts";
import {
  environment,
  type Folders,
  installExtension,
  type RunningServer,
  startServer,
} from "./codeServer.ts";
import { type MarkedProcess, mark, markedProcesses, newSessionFolder, own, sweep } from "./processes.ts";
import { patience, until, within } from "./until.ts";

const chromiumArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
  // Nothing outside this machine is looked up: a request to the outside fails at once.
  "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
];

const sessions = new Set<VSCode>();
process.on("exit", () => {
  for (const session of sessions) for (const { pid } of session.processes()) signal(pid, "SIGKILL");
});
for (const [name, number] of [
  ["SIGINT", 2],
  ["SIGTERM", 15],
  ["SIGHUP", 1],
] as const) {
  process.on(name, async () => {
    await Promise.allSettled([...sessions].map((session) => session.close()));
    process.exit(128 + number);
  });
}

export interface StartOptions {
  readonly vsix: string;
  /** Text of files to put into the workspace, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Files elsewhere to link into the workspace, by path. */
  readonly links?: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly trusted?: boolean;
  /** Whether the window opens without a folder. */
  readonly isEmpty?: boolean;
  /** One of `files`, which names the folders of the window. */
  readonly workspaceFile?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
}

/**
 * A real VS Code workbench (code-server) on a free port with throwaway folders, driven in headless Chromium. It needs
 * the cache folder that setup-vscode.sh made, and on closing ends everything that it started.
 */
export class VSCode {
  readonly id = randomUUID();
  readonly folders: Folders;
  readonly requestsOut: string[] = [];
  readonly consoleErrors: string[] = [];
  #server: RunningServer | undefined;
  #browser: Browser | undefined;
  #page: Page | undefined;
  #keep = process.env["VSCODE_E2E_KEEP"] !== undefined;
  #closed = false;

  private constructor() {
    const root = newSessionFolder();
    own(root, this.id);
    const folder = (name: string) => {
      const made = path.join(root, name);
      fs.mkdirSync(made, { recursive: true });
      return made;
    };
    folder("user-data/User");
    this.folders = {
      root,
      workspace: folder("workspace"),
      userData: folder("user-data"),
      extensions: folder("extensions"),
      home: folder("home"),
      tmp: folder("tmp"),
    };
  }

  static async start(options: StartOptions): Promise<VSCode> {
    sweep();
    const session = new VSCode();
    const { trusted = true } = options;
    const { workspace } = session.folders;
    for (const [name, text] of Object.entries(options.files ?? {})) {
      fs.mkdirSync(path.dirname(path.join(workspace, name)), { recursive: true });
      fs.writeFileSync(path.join(workspace, name), text);
    }
    for (const [name, target] of Object.entries(options.links ?? {})) {
      fs.mkdirSync(path.dirname(path.join(workspace, name)), { recursive: true });
      fs.symlinkSync(path.resolve(target), path.join(workspace, name));
    }
    session.writeSettings(options.settings);
    sessions.add(session);
    try {
      installExtension(options.vsix, session.folders);
      session.#server = await startServer(session.folders, { id: session.id, trusted });
      const { isEmpty, workspaceFile } = options;
      const query = isEmpty
        ? "ew=true"
        : workspaceFile === undefined
          ? `folder=${encodeURIComponent(workspace)}`
          : `workspace=${encodeURIComponent(path.join(workspace, workspaceFile))}`;
      const address = `http://127.0.0.1:${session.#server.port}`;
      await session.#startBrowser(address, { query, ...options.viewport });
      await session.waitForWorkbench();
    } catch (error) {
      session.#keep = true;
      await session.close();
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`VS Code did not start (folder kept: ${session.folders.root}): ${why}`, {
        cause: error,
      });
    }
    return session;
  }

  /** Read at the next (re)load. */
  writeSettings(settings: Readonly<Record<string, unknown>> = {}): void {
    const file = path.join(this.folders.userData, "User", "settings.json");
    fs.writeFileSync(file, JSON.stringify({ ...calmSettings, ...settings }, null, 2));
  }

  /** Applied at once. */
  writeWorkspaceSettings(settings: Readonly<Record<string, unknown>>): void {
    const folder = path.join(this.folders.workspace, ".vscode");
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "settings.json"), JSON.stringify(settings, null, 2));
  }

  get page(): Page {
    if (this.#page === undefined) throw new Error("the browser has not started");
    return this.#page;
  }

  async #startBrowser(
    address: string,
    { query, width = 1440, height = 900 }: { query: string; width?: number; height?: number },
  ): Promise<void> {
    this.#browser = await chromium.launch({
      executablePath: process.env["VSCODE_E2E_CHROMIUM"] ?? "/usr/bin/chromium",
      args: chromiumArguments,
      timeout: patience,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
      env: { ...definedEnvironment(), ...environment(this.folders), [mark]: this.id },
    });
    const context = await this.#browser.newContext({
      viewport: { width, height },
      deviceScaleFactor: 1,
      reducedMotion: "reduce",
      colorScheme: "dark",
      locale: "en-US",
      timezoneId: "UTC",
    });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: address });
    // The workbench writes down what it keeps when it is idle, which on a busy machine that draws a spinner is never.
    await context.addInitScript(`{
      const whenIdle = globalThis.requestIdleCallback;
      globalThis.requestIdleCallback = (run, options) => whenIdle(run, { timeout: 5_000, ...options });
    }`);
    const page = await context.newPage();
    this.#page = page;
    page.setDefaultTimeout(patience);
    page.on("console", (message) => message.type() === "error" && this.consoleErrors.push(message.text()));
    page.on("pageerror", (error) => this.consoleErrors.push(String(error)));
    page.on("request", (request) => {
      if (!/^(https?|wss?):/.test(request.url())) return;
      const { hostname } = new URL(request.url());
      // A webview's files have such an address, but its service worker answers: nothing goes out.
      const local = hostname === "127.0.0.1" || hostname.endsWith(".vscode-resource.vscode-cdn.net");
      if (!local) this.requestsOut.push(request.url());
    });
    await page.goto(`${address}/?${query}`);
  }

  /** The workbench is drawn and, where the workspace has files, the Explorer lists them. */
  async waitForWorkbench(): Promise<void> {
    await this.statusItem("status.problems").waitFor();
  }

  // --- quick input: palette, quick open, go to line -------------------------------------------------------------------

  get quickInput(): Locator {
    return this.page.locator(".quick-input-widget input.input");
  }

  /**
   * Opens the quick input with `key`, fills `text`, then acts. Where that fails, it is closed and opened anew: its rows may
   * be from before the extensions were registered, or it may show what an earlier try has asked for. Each try is given twice the
   * time of the one before it, since a loaded machine may take longer than any fixed time to show the rows.
   */
  async #quick(
    key: string,
    text: string,
    act: (within: { readonly timeout: number }) => Promise<void>,
  ): Promise<void> {
    let timeout = 1_500;
    await until(`quick input "${text}"`, async () => {
      timeout *= 2;
      if (!(await this.quickInput.isVisible())) await this.page.keyboard.press(key);
      // A key pressed while the focus moves is lost: press again.
      await this.quickInput.waitFor({ state: "visible", timeout: timeout / 4 });
      try {
        await this.quickInput.fill(text, { timeout });
        await act({ timeout });
      } catch (error) {
        await this.page.keyboard.press("Escape");
        throw error;
      }
      return true;
    });
  }

  /** Runs a command from the palette. The row is found by command id, so equal titles do no harm. */
  async runCommand(id: string, title: string): Promise<void> {
    await this.#quick("F1", `>${title}`, (within) =>
      this.page.locator(`.quick-input-list-entry[data-quick-input-id="${id}"]`).click(within),
    );
  }

  /**
   * Whether the palette has a command, which it leaves out while it is not enabled. A palette that has closed meanwhile, since
   * what a command before has opened late took the focus, says nothing: it is asked again.
   */
  async offers(id: string, title: string): Promise<boolean> {
    const row = this.page.locator(`.quick-input-list-entry[data-quick-input-id="${id}"]`);
    const asked = `>${title}`;
    let count = 0;
    await this.#quick("F1", asked, async ({ timeout }) => {
      let last = "";
      let unchanged = 0;
      await until("the list to be filtered", async () => {
        count = await row.count();
        const now = (await this.page.locator(".quick-input-list .monaco-list-row").allTextContents()).join();
        unchanged = now === last ? unchanged + 1 : 0;
        last = now;
        return count > 0 || unchanged > 6;
      });
      const isOpen =
        (await this.quickInput.isVisible()) && (await this.quickInput.inputValue({ timeout })) === asked;
      if (count === 0 && !isOpen) throw new Error("the palette has closed");
      await this.page.keyboard.press("Escape");
    });
    return count > 0;
  }

  /** By its icon in the activity bar, over which the count of running runs may lie. */
  async openRunsView(): Promise<void> {
    await this.page
      .locator('.activitybar .action-label[aria-label^="Distillery"]')
      .first()
      .click({ force: true });
  }

  /** Opened again where what a command before has opened late covers it. */
  async openFile(name: string): Promise<void> {
    const base = path.basename(name);
    await this.#quick("Control+P", name, async (within) => {
      await this.page
        .locator(`.quick-input-list .monaco-list-row[aria-label^="${base}"]`)
        .first()
        .click(within);
      await this.page
        .locator(`.editor-group-container.active .tab.active[data-resource-name="${base}"]`)
        .waitFor({ timeout: 20_000 });
      await this.editor(base).locator(".view-line").first().waitFor({ timeout: 20_000 });
    });
  }

  editor(name: string): Locator {
    return this.page.locator(`.editor-instance .monaco-editor[data-uri$="/${name}"]`).first();
  }

  /** Puts the cursor at line:column (1-based) of the active editor, with the keyboard in it. */
  async goTo(line: number, column = 1): Promise<void> {
    await this.#quick("Control+G", `:${line}:${column}`, async (within) => {
      await this.page.locator(".quick-input-list .monaco-list-row").first().waitFor(within);
      await this.quickInput.press("Enter");
      await this.quickInput.waitFor({ state: "hidden", ...within });
    });
    await this.page.locator(".monaco-editor.focused").first().waitFor();
  }

  /** Picks the row of an open quick pick by its label. */
  async pick(label: string, options: { timeout?: number } = {}): Promise<void> {
    await this.page
      .locator(".quick-input-list .monaco-list-row")
      .filter({ has: this.page.locator(".label-name", { hasText: label }) })
      .first()
      .click(options);
  }

  /**
   * Accepts the file that a save dialog offers, and waits until it is there. `open` is what brings the dialog: it is pressed
   * again where the dialog has closed without a file, since a click is lost while a page is laid out anew, and a moved focus
   * closes it.
   */
  async saveAs(file: string, open?: () => Promise<void>): Promise<void> {
    if (open === undefined) await this.quickInput.waitFor({ state: "visible" });
    await this.#ask(
      `${path.basename(file)} to be saved`,
      async () => {
        if (open !== undefined && !(await this.quickInput.isVisible())) await open();
        await this.quickInput.waitFor({ state: "visible", timeout: 30_000 });
        // Where the name does not stand there yet, Enter would accept the folder.
        await until("the name", async () => (await this.quickInput.inputValue({ timeout: 1_000 })) === file, {
          timeout: 10_000,
        });
        await this.quickInput.press("Enter", { timeout: 1_000 });
      },
      async () => fs.existsSync(file),
    );
    // Of a file that came late, the dialog that asked for it again is there still.
    await until("the dialog to close", async () => {
      if (!(await this.quickInput.isVisible())) return true;
      await this.quickInput.press("Escape", { timeout: 1_000 });
      return false;
    });
  }

  /** Types key by key, so that typing triggers what typing triggers. */
  type(text: string): Promise<void> {
    return this.page.keyboard.type(text);
  }
  press(key: string): Promise<void> {
    return this.page.keyboard.press(key);
  }

  /** The editor's drawn lines, top to bottom (only what fits the viewport). */
  lines(name: string): Promise<string[]> {
    return this.editor(name)
      .locator(".view-line")
      .evaluateAll((rows) =>
        rows
          .map((row) => ({
            top: Number.parseFloat(row.style.top),
            text: (row.textContent ?? "").replaceAll("\u00a0", " "),
          }))
          .sort((a, b) => a.top - b.top)
          .map(({ text }) => text),
      );
  }

  // --- language features ------------------------------------------------------------------------------------------------

  get suggestRows(): Locator {
    return this.page.locator(".suggest-widget.visible .monaco-list-row");
  }

  /**
   * Calls `read` until it has a value. Calls `ask` at first, and again since a key may be lost; ever more rarely, since
   * asking anew takes back what is slow to come.
   */
  #ask<T>(
    what: string,
    ask: () => Promise<void>,
    read: () => Promise<T | undefined>,
  ): Promise<NonNullable<T>> {
    let again = Number.NEGATIVE_INFINITY;
    let pause = 3_000;
    return until<T | undefined>(what, async () => {
      const value = await read();
      if (value) return value;
      if (performance.now() > again) {
        await ask();
        again = performance.now() + pause;
        pause *= 2;
      }
      return undefined;
    });
  }

  /** Opens the suggestions and accepts the one of this label by Enter; resolves when the text has changed by it. */
  async accept(label: string): Promise<void> {
    const written = async () =>
      (await this.page.locator(".monaco-editor.focused .view-line").allTextContents())
        .join("")
        .replace(/\s/g, "");
    await until(`suggestion "${label}" to be accepted`, async () => {
      await this.#choose(label);
      const before = await written();
      await this.press("Enter");
      // Where the list had just closed, Enter made a new line: that is taken back, and all of it begins again.
      const isDone = await until("the text", async () => (await written()) !== before, {
        timeout: 10_000,
      }).catch(() => false);
      if (!isDone && !(await this.suggestRows.first().isVisible())) await this.press("Control+Z");
      return isDone;
    });
    await this.page
      .locator(".suggest-widget.visible")
      .waitFor({ state: "hidden", timeout: 5_000 })
      .catch(() => undefined);
  }

  /** Opens the suggestions and goes down to this one, until it is the chosen one of a list that no longer changes. */
  async #choose(label: string): Promise<void> {
    const list = async () => (await this.suggestRows.locator(".label-name").allTextContents()).join("\n");
    await this.#ask(
      `suggestion "${label}"`,
      async () => {
        if (await this.suggestRows.first().isVisible()) await this.press("Escape"); // Open: the key would show details.
        await this.press("Control+Space");
      },
      async () => (await list()).split("\n").includes(label),
    );
    const chosen = this.page.locator(".suggest-widget.visible .monaco-list-row.focused .label-name");
    let last = "";
    const isChosen = async () => {
      const now = await list();
      const isSettled = now === last;
      last = now;
      if (!isSettled) return false;
      if ((await chosen.textContent({ timeout: 1_000 })) === label) return true;
      await this.press("ArrowDown");
      return false;
    };
    await until(`suggestion "${label}" to be chosen`, isChosen, { timeout: 20_000 });
  }

  get hoverBox(): Locator {
    // A closed one stays in the document with its text.
    return this.page.locator(".monaco-resizable-hover .monaco-hover:not(.hidden)").filter({ visible: true });
  }

  /** Shows the hover at line:column by keyboard: no mouse position to miss. Resolves when `wanted` is in it. */
  async hover(line: number, column: number, wanted: string): Promise<void> {
    await this.goTo(line, column);
    await this.#ask(
      `hover with "${wanted}"`,
      async () => {
        await this.press("Escape");
        await this.press("Control+K");
        await this.press("Control+I");
      },
      async () => (await this.hoverBox.allInnerTexts()).find((text) => text.includes(wanted)),
    );
  }

  /** Labels of the rows of the Problems panel. */
  async problems(): Promise<string[]> {
    await this.runCommand("workbench.actions.view.problems", "View: Focus Problems");
    return this.problemRows();
  }

  async problemRows(): Promise<string[]> {
    const rows = await this.page
      .locator(".markers-panel .monaco-list-row")
      .evaluateAll((all) => all.map((row) => row.getAttribute("aria-label") ?? ""));
    return rows;
  }

  codeLens(text: string): Locator {
    return this.page.locator(".codelens-decoration a").filter({ hasText: text }).first();
  }

  /** VS Code asks for lenses some time after an edit or a focus, and gives up when the editor loses the keyboard. */
  async waitForCodeLens(text: string): Promise<Locator> {
    const lens = this.codeLens(text);
    await this.#ask(
      `CodeLens "${text}"`,
      () => this.press("Control+1"),
      () => lens.isVisible(),
    );
    return lens;
  }

  /**
   * Presses the lens with these words that is on the screen, once it is there. It is found and pressed in one step of the page: as
   * other lenses come, the lines move, and one that is drawn anew between pressing and releasing the mouse takes no click.
   */
  async pressLens(words: string): Promise<void> {
    const press = `(() => {
      const lens = [...document.querySelectorAll(".codelens-decoration a")]
        .find((one) => one.textContent.includes(${JSON.stringify(words)}) && one.checkVisibility({ visibilityProperty: true }));
      const box = lens?.getBoundingClientRect();
      if (!(box?.width > 0)) return undefined;
      const at = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 };
      for (const type of ["mousedown", "mouseup", "click"])
        lens.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true, composed: true, view: window, ...at }));
      return true;
    })()`;
    await this.#ask<true>(
      `the lens "${words}" to be pressed`,
      () => this.press("Control+1"),
      () => this.page.evaluate(press),
    );
  }

  statusItem(id: string): Locator {
    return this.page.locator(`.statusbar-item[id="${id}"]`);
  }
  get toasts(): Locator {
    return this.page.locator(".notifications-toasts .notification-list-item");
  }
  get dialog(): Locator {
    return this.page.locator(".monaco-dialog-box");
  }

  /** The document inside a webview of the extension: outer frame, then inner one. */
  webview(extensionId: string): FrameLocator {
    return this.page
      .locator(`iframe.webview.ready[src*="extensionId=${extensionId}"]`)
      .first()
      .contentFrame()
      .frameLocator("iframe#active-frame");
  }

  /** Of the window, or of this part of it. */
  async screenshot(
    file: string,
    clip?: { x: number; y: number; width: number; height: number },
  ): Promise<void> {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const part = clip === undefined ? {} : { clip };
    await this.page.screenshot({ path: file, animations: "disabled", caret: "hide", ...part });
  }

  /** Reloads the window: the extension host, and with it the language server, is started anew. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.waitForWorkbench();
  }

  /** Errors that the extension hosts logged, of all window loads. */
  hostErrors(): string[] {
    const logs = path.join(this.folders.userData, "logs");
    if (!fs.existsSync(logs)) return [];
    return fs
      .readdirSync(logs, { recursive: true, encoding: "utf8" })
      .filter((name) => path.basename(name) === "remoteexthost.log")
      .flatMap((name) => fs.readFileSync(path.join(logs, name), "utf8").split(/\n(?=\d{4}-\d\d-\d\d )/))
      .filter((entry) => /^\S+ \S+ \[error\]/.test(entry));
  }

  /** VS Code's own measure: milliseconds that the extension took to load and activate. */
  async activationTime(displayName: string): Promise<number> {
    // The list draws only the rows that fit, the slowest first.
    await this.runCommand("workbench.action.closePanel", "View: Hide Panel");
    await this.runCommand("workbench.action.showRuntimeExtensions", "Developer: Show Running Extensions");
    const time = this.page
      .locator(".runtime-extensions-editor .monaco-list-row")
      .filter({ has: this.page.locator(".name", { hasText: displayName }) })
      .locator(".activation-time");
    const text = await until("activation time", async () =>
      /(\d+)\s*ms/.exec((await time.textContent({ timeout: 1_000 })) ?? ""),
    );
    await this.runCommand("workbench.action.closeActiveEditor", "View: Close Editor");
    return Number(text[1]);
  }

  processes(): MarkedProcess[] {
    return markedProcesses(this.id);
  }

  /** Ends browser, server, hosts and whatever they left detached; returns what had to be ended by hand. */
  async close(): Promise<MarkedProcess[]> {
    if (this.#closed) return [];
    this.#closed = true;
    const calmly = { timeout: 5_000 };
    const ignore = () => undefined;
    // Leaving the page lets the extension host end as when a window closes: deactivate() runs. A browser that just goes
    // away keeps the host waiting for it, for the whole reconnection grace time.
    await this.#page?.goto("about:blank", calmly).catch(ignore);
    const hosts = () => this.processes().some(({ command }) => command.includes("--type=extensionHost"));
    await until("the extension host to end", () => !hosts(), calmly).catch(ignore);
    // One that does not close is ended with all the rest below.
    if (this.#browser) await within(this.#browser.close(), 10_000).catch(ignore);
    const server = this.#server;
    if (server !== undefined && !server.ended()) {
      server.process.kill("SIGTERM");
      await until("code-server to end", () => server.ended(), { timeout: 10_000 }).catch(ignore);
    }
    const ofVSCode = () => this.processes().some(({ command }) => command.includes("/lib/vscode/"));
    await until("the children of the server to end", () => !ofVSCode(), { timeout: 3_000 }).catch(ignore);
    const left = this.processes();
    for (const { pid } of left) signal(pid, "SIGTERM");
    await until("leftovers to end", () => this.processes().length === 0, { timeout: 3_000 }).catch(ignore);
    for (const { pid } of this.processes()) signal(pid, "SIGKILL");
    await until("leftovers to end", () => this.processes().length === 0);
    sessions.delete(this);
    const { root } = this.folders;
    if (this.#keep) fs.rmSync(path.join(root, "owner.json"), { force: true });
    else fs.rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    return left;
  }
}

const definedEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
