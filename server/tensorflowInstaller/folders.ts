import { userInfo } from "node:os";
import path from "node:path";
import type { EngineKind } from "./pinned.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Folder of this user's engines: DISTILL_ENGINES, else in the platform's folder for application data. */
export function enginesFolder(environment: Environment = process.env): string {
  const given = environment["DISTILL_ENGINES"];
  if (given) return path.resolve(given);
  return path.join(dataFolder(environment), "distillery", "engines");
}

function dataFolder(environment: Environment): string {
  // With an empty HOME, the system's record of the user: a path relative to the working directory is no home.
  const home = environment["HOME"] || userInfo().homedir;
  if (process.platform === "darwin") return path.join(home, "Library", "Application Support");
  if (process.platform === "win32") return environment["LOCALAPPDATA"] ?? path.join(home, "AppData", "Local");
  // By the XDG specification a relative path is ignored.
  const xdg = environment["XDG_DATA_HOME"];
  return xdg && path.isAbsolute(xdg) ? xdg : path.join(home, ".local", "share");
}

export function engineFolder(kind: EngineKind, engines: string = enginesFolder()): string {
  return path.join(engines, `tensorflow-${kind}`);
}

/** Complete archives, kept until their engine is installed. */
export function downloadsFolder(engines: string): string {
  return path.join(engines, "downloads");
}
