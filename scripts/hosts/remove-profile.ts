import { rmSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

const PAUSE = 100; // ms

/**
 * Removes the profile of a browser that has ended: some of its processes write to it for a while longer. `maxRetries` of rmSync
 * tries to remove the directory again, but not what was written to it meanwhile.
 */
export async function removeProfile(profile: string, tries = 300): Promise<void> {
  try {
    rmSync(profile, { recursive: true, force: true });
  } catch (error) {
    if (tries === 0) throw error;
    await setTimeout(PAUSE);
    await removeProfile(profile, tries - 1);
  }
}
