import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { notTested } from "./notTested.ts";

const packages = fileURLToPath(new URL("../../.cache/mlflow", import.meta.url));
const serving = fileURLToPath(new URL("../run/serveMlflow.py", import.meta.url));
const reader = fileURLToPath(new URL("../run/readMlflow.py", import.meta.url));

/** What MLflow's own client reads of a store. */
export interface ReadExperiment {
  readonly name: string;
  readonly runs: readonly ReadRun[];
}

export interface ReadRun {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  /** Unix milliseconds. */
  readonly start: number;
  readonly end: number | null;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** All points, in the order of the file; `nan`, which JSON does not have, is a text. */
  readonly metrics: Readonly<
    Record<string, readonly (readonly [time: number, step: number, value: number | "nan"])[]>
  >;
}

const environment = () => ({
  ...process.env,
  ...{ PYTHONPATH: packages, MLFLOW_ALLOW_FILE_STORE: "true", MLFLOW_DISABLE_TELEMETRY: "true" },
});

/** Reads stores, folders or servers, with the MLflow that `npm run setup:mlflow` installs. Without it, its tests fail unless DISTILL_WITHOUT names it. */
export function mlflowForTests(): ((store: string | URL) => Promise<readonly ReadExperiment[]>) | undefined {
  if (!existsSync(`${packages}/flask`))
    return notTested("mlflow", "There is no MLflow in .cache/mlflow: npm run setup:mlflow installs it.");
  return async (store) => {
    const options = { env: environment(), maxBuffer: 1 << 28 };
    const { href } = store instanceof URL ? store : pathToFileURL(store);
    const { stdout } = await promisify(execFile)("python3", [reader, href], options);
    return JSON.parse(stdout);
  };
}

/** Starts MLflow's server with an empty database. @returns its address */
export async function mlflowServer(context: TestContext): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), "mlflow-"));
  const port = await freePort();
  const words = [serving, `sqlite:///${folder}/mlflow.db`, folder, String(port)];
  const server = spawn("python3", words, {
    ...{ cwd: folder, env: environment(), stdio: ["ignore", "pipe", "pipe"] },
  });
  let said = "";
  for (const stream of [server.stdout, server.stderr])
    stream?.setEncoding("utf8").on("data", (text) => {
      said += text;
    });
  const ended = once(server, "close");
  context.after(async () => {
    server.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  const address = new URL(`http://127.0.0.1:${port}`);
  for (;;) {
    if (server.exitCode !== null) throw new Error(`mlflow server ended: ${said}`);
    if ((await fetch(new URL("health", address)).catch(() => undefined))?.ok) return address;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
