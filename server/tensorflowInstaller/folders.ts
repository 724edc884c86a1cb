import { userInfo } from "node:os";
import path from "node:path";
import type { EngineKind } from "./pinned.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where this user's engines are: DISTILL_ENGINES, else the folder that the platform has for a program's data. */
export function enginesFolder(environment: Environment = process.env): string {
  const given = environment["DISTILL_ENGINES"];
  if (given) return path.resolve(given);
  return path.join(dataFolder(environment), "distillery", "engines");
}

function dataFolder(environment: Environment): string {
  // Of a HOME that is empty the system's own record is taken: a path from the working directory on is nobody's home.
  const home = environment["HOME"] || userInfo().homedir;
  if (process.platform === "darwin") return path.join(home, "Library", "Application Support");
  if (process.platform === "win32") return environment["LOCALAPPDATA"] ?? path.join(home, "AppData", "Local");
  // The XDG rules say that a relative path is to be ignored.
  const xdg = environment["XDG_DATA_HOME"];
  return xdg && path.isAbsolute(xdg) ? xdg : path.join(home, ".local", "share");
}

export function engineFolder(kind: EngineKind, engines: string = enginesFolder()): string {
  return path.join(engines, `tensorflow-${kind}`);
}

/** Archives that were fetched whole, kept until the engine they belong to is installed. */
export function downloadsFolder(engines: string): string {
  return path.join(engines, "downloads");
}
