import { userInfo } from "node:os";
import path from "node:path";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The platform's folder of this user for application data, or for what may be deleted at any time. */
export function userFolder(kind: "data" | "cache", environment: Environment = process.env): string {
  // With an empty HOME, the system's record of the user: a path relative to the working directory is no home.
  const home = environment["HOME"] || userInfo().homedir;
  if (process.platform === "darwin")
    return path.join(home, "Library", kind === "data" ? "Application Support" : "Caches");
  if (process.platform === "win32") return environment["LOCALAPPDATA"] ?? path.join(home, "AppData", "Local");
  // By the XDG specification a relative path is ignored.
  const xdg = environment[kind === "data" ? "XDG_DATA_HOME" : "XDG_CACHE_HOME"];
  if (xdg && path.isAbsolute(xdg)) return xdg;
  return kind === "data" ? path.join(home, ".local", "share") : path.join(home, ".cache");
}
