import { platform } from "#platform";

/** A warning of the host, for floors that may not import the platform. */
export function warn(message: string): void {
  platform.warn(message);
}
