import { source } from "#kernels/worker";
import { inflateSync } from "fflate";
import { cores, machine } from "./browser-machine.ts";
import type { Platform, WorkerThread } from "./platform.ts";

export type { FileStatus, Files, Machine, OpenFile, Sha256, Terminal, WorkerThread } from "./platform.ts";

/** Browsers, and other hosts without the modules of Node. Threads need a page that is cross-origin isolated. */
export const platform: Platform = {
  name: "this browser",
  v8: undefined,
  startWorker: globalThis.crossOriginIsolated ? startWorker : undefined,
  maySleep: typeof document === "undefined",
  environment: () => undefined,
  cores,
  machine,
  inflate: (base64, length) => inflateSync(bytesOf(base64), { out: new Uint8Array(length) }),
  warn: (message) => console.warn(`lanegrad: ${message}`),
  print: (line) => console.log(line),
  terminal: () => undefined,
  signals: undefined,
  nextTurn,
  collect: () => {},
  files: undefined,
};

function startWorker(start: object, onEnd: (why: string) => void): WorkerThread {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.addEventListener("error", ({ message }) => onEnd(`a worker failed: ${message}`));
  worker.postMessage(start, []);
  return {
    terminate: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Posts a message to itself, because nested timeouts take 4 ms. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener("message", () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(0);
  });
}
