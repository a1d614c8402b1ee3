import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_CHECKSUM } from "../../../src/files/checkpoint/checksum.ts";
import { SAMPLES, trainerOf, trainingOptions } from "./models.ts";

const FIELD = new TextEncoder().encode('"sha256":"');

/** The bytes of a checkpoint that `fit` wrote: after step 2, the end of the best epoch, or 3, in the middle of the next. */
export async function checkpointBytes(step: 2 | 3 = 3): Promise<Uint8Array> {
  const directory = mkdtempSync(join(tmpdir(), "lanegrad-fuzz-"));
  try {
    const { trainer, optimizer } = trainerOf();
    const stop = new AbortController();
    await trainer.fit(SAMPLES, {
      ...trainingOptions(optimizer),
      signal: stop.signal,
      onStep: ({ epoch }) => {
        if (epoch === 2) stop.abort();
      },
      checkpoint: { directory, keep: 1, best: "loss" },
    });
    return new Uint8Array(readFileSync(join(directory, `step-00000000${step}.safetensors`)));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A file with the checksum of its bytes, if there is a place for it. */
export function sealed(file: Uint8Array): Uint8Array {
  const found = Buffer.from(file.buffer, file.byteOffset, file.byteLength).indexOf(FIELD);
  const start = found + FIELD.length;
  if (found < 0 || start + NO_CHECKSUM.length > file.length) return file;
  const bytes = file.slice();
  bytes.set(new TextEncoder().encode(NO_CHECKSUM), start);
  bytes.set(new TextEncoder().encode(createHash("sha256").update(bytes).digest("hex")), start);
  return bytes;
}
