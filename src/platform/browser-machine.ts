import type { Machine } from "./platform.ts";

/** What some browsers tell besides. */
interface Hints {
  /** GiB, rounded. */
  readonly deviceMemory?: number;
  readonly userAgentData?: { readonly platform?: string };
}

/** The machine as far as a browser tells: it names no processor. */
export function machine(): Machine {
  const { deviceMemory, userAgentData }: Navigator & Hints = navigator;
  return {
    host: navigator.userAgent,
    processor: "not told by the browser",
    memory: deviceMemory === undefined ? undefined : deviceMemory * 2 ** 30,
    system: userAgentData?.platform || navigator.platform || "not told by the browser",
  };
}
