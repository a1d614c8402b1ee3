import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import process from "node:process";

/** The directory for files of lanegrad that may be deleted at any time, by the rules of the system; it may not exist. */
export function cacheDirectory(): string {
  return join(systemDirectory(), "lanegrad");
}

function systemDirectory(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  // The XDG specification has relative paths ignored.
  if (XDG_CACHE_HOME !== undefined && isAbsolute(XDG_CACHE_HOME)) return XDG_CACHE_HOME;
  if (process.platform === "win32") return LOCALAPPDATA ?? join(homedir(), "AppData", "Local");
  if (process.platform === "darwin") return join(homedir(), "Library", "Caches");
  return join(homedir(), ".cache");
}
