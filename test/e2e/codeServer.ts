import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { mark } from "./processes.ts";
import { until } from "./until.ts";

/** Where setup-vscode.sh put the workbench. */
export const cacheFolder = (): string =>
  path.resolve(process.env["VSCODE_E2E_HOME"] ?? path.join(os.homedir(), ".cache", "distillery-e2e"));

/** The folders of one session; HOME and TMPDIR are among them, so that nothing is left elsewhere. */
export interface Folders {
  readonly root: string;
  readonly workspace: string;
  readonly userData: string;
  readonly extensions: string;
  readonly home: string;
  readonly tmp: string;
}

export function environment({ home, tmp }: Folders): Record<string, string> {
  return {
    HOME: home,
    TMPDIR: tmp,
    XDG_CONFIG_HOME: path.join(home, ".config"),
    XDG_DATA_HOME: path.join(home, ".local", "share"),
    XDG_CACHE_HOME: path.join(home, ".cache"),
  };
}

function launcher(): string {
  const file = path.join(cacheFolder(), "bin", "code-server");
  if (!fs.existsSync(file)) throw new Error(`${file} is missing: run test/e2e/setup-vscode.sh first`);
  return file;
}

/** Installs a packed extension, as a person does. */
export function installExtension(vsix: string, folders: Folders): void {
  execFileSync(
    launcher(),
    [
      "--user-data-dir",
      folders.userData,
      "--extensions-dir",
      folders.extensions,
      "--install-extension",
      vsix,
    ],
    {
      env: { ...inherited(), ...environment(folders), EXTENSIONS_GALLERY: '{"serviceUrl":""}' },
      stdio: "pipe",
    },
  );
}

export interface RunningServer {
  readonly process: ChildProcess;
  readonly port: number;
  ended(): boolean;
}

export async function startServer(
  folders: Folders,
  { id, trusted }: { id: string; trusted: boolean },
): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const log = fs.openSync(path.join(folders.root, "server.log"), "a");
    const child = spawn(
      launcher(),
      [
        ...[
          "--auth",
          "none",
          "--bind-addr",
          `127.0.0.1:${port}`,
          "--config",
          path.join(folders.root, "config.yaml"),
        ],
        ...["--user-data-dir", folders.userData, "--extensions-dir", folders.extensions],
        ...["--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"],
        ...(trusted ? ["--disable-workspace-trust"] : []),
        ...["--reconnection-grace-time", "10", "--idle-timeout-seconds", "120", folders.workspace],
      ],
      {
        stdio: ["ignore", log, log],
        env: { ...inherited(), ...environment(folders), EXTENSIONS_GALLERY: '{"serviceUrl":""}', [mark]: id },
      },
    );
    fs.closeSync(log);
    const ended = () => child.exitCode !== null || child.signalCode !== null;
    try {
      await until("code-server", async () => ended() || (await fetch(`http://127.0.0.1:${port}/healthz`)).ok);
      if (ended()) throw new Error("code-server ended; see server.log");
      return { process: child, port, ended };
    } catch (error) {
      if (attempt === 2) throw error; // The port may have been taken meanwhile: once more.
    }
  }
}

/** VS Code's variables would send the child to an outer VS Code whose terminal this runs in. */
function inherited(): Record<string, string> {
  const left = /^(VSCODE_|CODE_SERVER|NODE_OPTIONS$|PORT$|PASSWORD$|HASHED_PASSWORD$|XDG_)/;
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || left.test(name) ? [] : [[name, value]],
    ),
  );
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = net.createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === "object"
          ? resolve(address.port)
          : reject(new Error("no port")),
      );
    });
  });
