import { readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { run } from "../subprocess.ts";
import type { Archive } from "./pinned.ts";
import { pipPlatform } from "./pipPlatform.ts";

export interface DownloadOptions {
  /** Bytes that have arrived, including those of an interrupted download. */
  readonly part: string;
  readonly scratch: string;
  readonly python: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Continues a wheel's interrupted download, which pip itself cannot across processes. pip reports the address from its
 * index; Python downloads the file, as pip's proxies and certificates are mostly Python's.
 *
 * @returns whether the file is complete; where it is not, for whatever reason, `pip download` is to try and report why
 */
export async function resumeDownload(archive: Archive, options: DownloadOptions): Promise<boolean> {
  const { part, python, signal } = options;
  const url = await urlOf(archive, options);
  if (url === undefined || (await isGrowing(part, signal))) return false;
  for (let tries = 0; tries < 3; tries++) {
    const { code } = await run(python, ["-c", script, url, part], { signal });
    if (code === 0) return true;
    if (code !== cutOff) return false;
  }
  return false;
}

/**
 * The address of the file that pip would download; undefined where pip is too old to report it, or has it from
 * elsewhere.
 */
async function urlOf(
  { name, version, sha256, platform }: Archive,
  { scratch, python, signal }: DownloadOptions,
): Promise<string | undefined> {
  const [requirements, report] = [path.join(scratch, "wanted.txt"), path.join(scratch, "report.json")];
  // Without a hash: with one, pip would download the file to report about it.
  await writeFile(requirements, `${name}==${version}\n`);
  const outcome = await run(
    python,
    [
      ...["-m", "pip", "install", "--dry-run", "--quiet", "--ignore-installed", "--no-deps", "--no-input"],
      ...["--disable-pip-version-check", "--report", report, "--target", path.join(scratch, "nowhere")],
      ...[...pipPlatform(platform), "-r", requirements],
    ],
    { signal, timeout: 30_000 },
  );
  if (outcome.code !== 0) return undefined;
  const { install = [] } = JSON.parse(await readFile(report, "utf8")) as Report;
  const { url, archive_info: { hash } = {} } = install[0]?.download_info ?? {};
  return url?.startsWith("http") && hash === `sha256=${sha256}` ? url : undefined;
}

/** pip's installation report, version 1. */
interface Report {
  readonly install?: readonly {
    readonly download_info?: { readonly url?: string; readonly archive_info?: { readonly hash?: string } };
  }[];
}

/** Another installation is downloading it. */
async function isGrowing(part: string, signal?: AbortSignal): Promise<boolean> {
  const before = await stat(part).catch(() => undefined);
  if (before === undefined || Date.now() - before.mtimeMs > 10_000) return false;
  await setTimeout(1000, undefined, { signal });
  return (await stat(part).catch(() => undefined))?.size !== before.size;
}

const cutOff = 3;

/**
 * Exits with 0 where the file is complete, {@link cutOff} where more has arrived but not all. Also exits when its
 * parent does, which may be killed without a chance to end it.
 */
const script = `
import os, sys, urllib.error, urllib.request
url, part = sys.argv[1:3]
parent = os.getppid()
have = os.path.getsize(part) if os.path.exists(part) else 0
request = urllib.request.Request(url, headers={"Range": "bytes=%d-" % have} if have else {})
try:
    with urllib.request.urlopen(request, timeout=60) as answer:
        goes_on = answer.status == 206
        if not goes_on:
            have = 0
        whole = have + int(answer.headers["Content-Length"])
        try:
            with open(part, "ab" if goes_on else "wb") as file:
                while os.getppid() == parent:
                    piece = answer.read(1 << 16)
                    if not piece:
                        break
                    file.write(piece)
        except (OSError, EOFError) as error:
            if getattr(error, "errno", None) == 28 or os.path.getsize(part) <= have:
                raise
    sys.exit(0 if os.path.getsize(part) == whole else ${cutOff} if os.path.getsize(part) > have else 1)
except urllib.error.HTTPError as error:
    # 416: there is nothing behind what is there already. Whether it is the right file its hash will tell.
    sys.exit(0 if error.code == 416 else 1)
`;
