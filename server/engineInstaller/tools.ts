import { statfs, writeFile } from "node:fs/promises";
import path from "node:path";
import { EngineError } from "../engineError.ts";
import { lastWords, run } from "../subprocess.ts";

/** Programs of the system that a build needs, checked before anything is downloaded. */
export interface ToolOptions {
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

export interface Compiler {
  readonly command: string;
  readonly version: string;
}

/** A compiler counts once it has compiled something: g++ is often present without its standard library. */
export async function findCompiler(scratch: string, options: ToolOptions = {}): Promise<Compiler> {
  const { env = process.env } = options;
  const source = path.join(scratch, "trial.cc");
  const program =
    '#include <optional>\n#include <string>\nextern "C" int size() { return std::optional<std::string>("x")->size(); }\n';
  await writeFile(source, program);
  let detail = "";
  for (const command of [env["CXX"], "g++", "clang++", "c++"]) {
    if (!command) continue;
    const trial = ["-std=c++17", "-shared", "-fPIC", source, "-o", path.join(scratch, "trial.so")];
    const outcome = await run(command, trial, options);
    if (outcome.code === 0) {
      const { stdout } = await run(command, ["--version"], options);
      return { command, version: stdout.split("\n")[0] ?? "" };
    }
    if (outcome.code !== 127) detail = lastWords(outcome);
  }
  throw new EngineError(
    "no-compiler",
    "No working C++17 compiler was found.",
    'Install one: "apt install g++" (Debian, Ubuntu), "dnf install gcc-c++" (Fedora), "pacman -S gcc" (Arch).',
    detail,
  );
}

/** A Python of version 3.8 or later with pip. */
export async function findPython(options: ToolOptions = {}): Promise<string> {
  const missing: string[] = [];
  const offline = 'or give a folder that has the files ("--from").';
  for (const command of ["python3", "python"]) {
    const outcome = await run(command, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"], options);
    if (outcome.code !== 0) continue;
    const version = outcome.stdout.trim();
    const [major = 0, minor = 0] = version.split(".").map(Number);
    if (major < 3 || (major === 3 && minor < 8)) {
      missing.push(`${command} is ${version}`);
      continue;
    }
    if ((await run(command, ["-m", "pip", "--version"], options)).code === 0) return command;
    throw new EngineError(
      "no-pip",
      `${command} ${version} has no pip.`,
      `Install it ("apt install python3-pip"), ${offline}`,
    );
  }
  throw new EngineError(
    "no-python",
    `Python 3.8 or newer was not found${missing.length > 0 ? ` (${missing.join(", ")})` : ""}.`,
    `Install Python 3 with pip, ${offline}`,
  );
}

export async function findNpm(options: ToolOptions = {}): Promise<string> {
  const outcome = await run("npm", ["--version"], options);
  if (outcome.code === 0) return "npm";
  throw new EngineError("no-npm", "npm was not found.", "Install Node.js with npm.", lastWords(outcome));
}

/** @param needed bytes */
export async function checkDisk(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= needed) return;
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
  throw new EngineError(
    "low-disk",
    `The installation temporarily needs ${gigabytes(needed)} GB; ${gigabytes(free)} GB are free in ${folder}.`,
    "Free some space, or choose another folder with DISTILL_ENGINES.",
  );
}
