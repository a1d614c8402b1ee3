import type { Signals } from "./platform.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
const WINDOWS_EXIT = 130; // Windows has no signals to end by: the exit code of a shell for Ctrl-C

/** Signals of the process that Node runs in. */
export const signals: Signals = {
  listen: (listener) => {
    const listeners = SIGNALS.map((signal) => [signal, () => listener(signal)] as const);
    for (const [signal, each] of listeners) process.on(signal, each);
    return () => {
      for (const [signal, each] of listeners) process.off(signal, each);
    };
  },
  raise: (signal) => {
    if (process.listenerCount(signal) > 0) return;
    if (process.platform === "win32") process.exit(WINDOWS_EXIT);
    process.kill(process.pid, signal);
  },
};
