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
  /** A folder that may hold the archive already, under its own name. */
  readonly from?: string | undefined;
  /** Where archives that were fetched whole are kept, so that an interrupted installation does not fetch them again. */
  readonly downloads: string;
  /** For files on their way. */
  readonly scratch: string;
  readonly python: string;
  readonly npm: string;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: (done: number) => void;
}

/** The archive's path, from the folder given, from an earlier try, or through npm or pip. Its hash has been checked. */
export async function fetchArchive(archive: Archive, options: FetchOptions): Promise<string> {
  const given = options.from && path.join(options.from, archive.file);
  if (given && (await exists(given))) {
    if ((await sha256(given)) === archive.sha256) return given;
    throw new EngineError(
      "wrong-file",
      `${given} is not the file it should be: its SHA-256 differs.`,
      "Fetch it again.",
    );
  }
  const kept = path.join(options.downloads, archive.file);
  if (await exists(kept)) {
    if ((await sha256(kept)) === archive.sha256) return kept;
    await rm(kept);
  }
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
    throw new EngineError("download-failed", `${archive.file} was not among what was fetched.`);
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
  const said = lastWords(outcome, 8000);
  if (/DO NOT MATCH THE HASHES/i.test(said)) throw notThatFile(archive, said);
  throw fetchFailure(archive, outcome);
}

async function viaNpm(archive: Archive, folder: string, options: FetchOptions): Promise<void> {
  const { npm, signal } = options;
  const wanted = `${archive.name}@${archive.version}`;
  // npm's own patience is minutes where there is no network; what it has fetched before need not be asked for again.
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
    `What was fetched as ${name} ${version} is not the file it should be: its SHA-256 differs.`,
    `Look at the mirror that ${source} uses.`,
    detail,
  );
}

const offline =
  /EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET_TIMEOUT|NewConnectionError|ConnectTimeout|ReadTimeout|Name or service not known|Temporary failure in name resolution|Network is unreachable|ProxyError|SSLError|Connection (refused|reset|aborted)|ENOTCACHED/i;

/** What a failed download means, from what the program that tried it said. */
function fetchFailure({ name, version, source }: Archive, outcome: Outcome): EngineError {
  const said = lastWords(outcome, 8000);
  const what = `${name} ${version}`;
  if (/ENOSPC|No space left on device/i.test(said))
    return new EngineError(
      "low-disk",
      `The disk filled up while ${what} was fetched.`,
      "Free some space and try again.",
      said,
    );
  if (offline.test(said))
    return new EngineError(
      "offline",
      `There was no connection to fetch ${what}.`,
      `Look at the network and at ${source}'s proxy and mirror, or fetch the files elsewhere and give their folder ("--from").`,
      said,
    );
  return new EngineError(
    "download-failed",
    `${source} could not fetch ${what} (status ${outcome.signal ?? outcome.code}).`,
    "",
    said,
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

/** npm and pip tell no machine how far they are; the bytes that have arrived do, in folders and files. */
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
