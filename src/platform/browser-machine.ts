import type { Machine } from "./platform.ts";

/** What hosts tell; some have no navigator, and some browsers tell more than others. */
interface Told {
  readonly navigator?: {
    readonly userAgent?: string;
    readonly platform?: string;
    readonly userAgentData?: { readonly platform?: string };
    /** GiB, rounded. */
    readonly deviceMemory?: number;
    readonly hardwareConcurrency?: number;
  };
}

const UNKNOWN = "not told by the host";

/** The machine as far as a browser tells: it names no processor. */
export function machine(): Machine {
  const { userAgent, platform, userAgentData, deviceMemory } = told();
  return {
    host: userAgent || UNKNOWN,
    processor: UNKNOWN,
    memory: deviceMemory === undefined ? undefined : deviceMemory * 2 ** 30,
    system: userAgentData?.platform || platform || UNKNOWN,
  };
}

/** How many threads run at the same time. */
export function cores(): number {
  return told().hardwareConcurrency ?? 1;
}

function told(): Exclude<Told["navigator"], undefined> {
  const host: Told = globalThis;
  return host.navigator ?? {};
}
