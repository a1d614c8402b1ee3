/** Measures one variant in a process of its own and sends each figure to its parent. */
import process from "node:process";
import type { Effort } from "./measure.ts";
import { variants, versionOf } from "./subjects/index.ts";
import { suites } from "./suites/index.ts";

export interface Job {
  /** Its place in `variants`. */
  readonly variant: number;
  readonly suites: readonly string[];
  readonly effort: Effort;
}

export type Message =
  | { readonly kind: "loaded"; readonly node: string; readonly version: string | undefined }
  | { readonly kind: "started" | "failed"; readonly suite: string; readonly case: string; readonly text: string }
  | { readonly kind: "measured"; readonly suite: string; readonly case: string; readonly value: number }
  | { readonly kind: "unavailable"; readonly text: string };

const job = JSON.parse(process.argv[2]!) as Job;
const variant = variants[job.variant]!;
const { load } = await variant.module();
const subject = await load(variant.settings, variant.threads);
if (typeof subject === "string") send({ kind: "unavailable", text: subject });
else {
  send({ kind: "loaded", node: process.version, version: subject.version ?? versionOf(variant) });
  for (const suite of suites.filter(({ name }) => job.suites.includes(name))) {
    for (const current of suite.cases) {
      const place = { suite: suite.name, case: current.name };
      send({ kind: "started", ...place, text: "" });
      try {
        const value = await current.measure(subject, job.effort);
        if (value !== undefined) send({ kind: "measured", ...place, value });
      } catch (error) {
        send({ kind: "failed", ...place, text: String(error) });
      }
    }
  }
}
process.disconnect();

function send(message: Message): void {
  process.send!(message);
}
