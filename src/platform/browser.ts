import { inflateSync } from "fflate";
import type { Platform } from "./platform.ts";

/** Browsers, and other systems that offer no more than they do. The main thread of a page may not wait: one thread. */
export const platform: Platform = {
  name: "this browser",
  v8: undefined,
  startWorker: undefined,
  environment: () => undefined,
  cores: () => 1,
  inflate: (base64, length) => inflateSync(bytesOf(base64), { out: new Uint8Array(length) }),
  warn: (message) => console.warn(`lanegrad: ${message}`),
  print: (line) => console.log(line),
  terminal: () => undefined,
  nextTurn,
  collect: () => {},
};

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** A message to oneself: nested timeouts take 4 ms. */
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
