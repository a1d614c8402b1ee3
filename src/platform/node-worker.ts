/** Node's side of a worker thread. */
import { type MessagePort, receiveMessageOnPort, workerData } from "node:worker_threads";

const { port } = workerData as { readonly port: MessagePort };

/** What the thread was started with. */
export const start = workerData as object;

/** The next message that was posted; undefined if there is none. */
export function nextMessage(): object | undefined {
  return receiveMessageOnPort(port)?.message as object | undefined;
}
