import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Zippable, unzipSync, zipSync } from "fflate";
import { tensor } from "../../../src/index.ts";
import { readSafetensors, toSafetensors } from "../../../src/io/index.ts";
import type { Draw } from "../draw.ts";
import { mutateBytes } from "../mutate/bytes.ts";
import { mutateJson, printJson } from "../mutate/json.ts";
import { mutateSafetensors } from "../mutate/safetensors.ts";
import type { Target } from "../target.ts";
import { temporaryFolder } from "./checkpoint.ts";
import { bytesOf } from "./safetensors.ts";

const INDEX = "model.safetensors.index.json";
const SHARDS = ["a.safetensors", "b.safetensors"];
const WORDS: readonly unknown[] = [...SHARDS, "c.safetensors", "../a.safetensors", "weight_map", "total_size", INDEX];

const written = new Map<string, Uint8Array>();

/** `io.readSafetensors` of an index and its shards; a file here is a zip archive of the three. */
export const sharded: Target = {
  name: "sharded",
  errors: ["FormatError", "FileError"],
  room: 2 ** 24,
  async seeds() {
    const [first, second] = [
      { one: tensor(Float32Array.of(1, 2), [2]), two: tensor(Int32Array.of(3), []) },
      { three: tensor(Float32Array.of(4, 5, 6), [3, 1]) },
    ];
    const names = Object.entries({ "a.safetensors": first, "b.safetensors": second });
    const map = names.flatMap(([shard, record]) => Object.keys(record).map((name) => [name, shard]));
    const index = { metadata: { total_size: 24 }, weight_map: Object.fromEntries(map) };
    return [
      packed({
        [INDEX]: new TextEncoder().encode(JSON.stringify(index)),
        "a.safetensors": toSafetensors(first),
        "b.safetensors": toSafetensors(second),
      }),
    ];
  },
  mutate(draw, seeds) {
    const files = unzipSync(draw.pick(seeds) ?? packed({}));
    const shard = draw.pick(["a.safetensors", "b.safetensors"]);
    const parts = SHARDS.flatMap((name) => files[name] ?? []);
    if (draw.chance(0.6)) files[INDEX] = mutatedIndex(draw, files[INDEX] ?? new Uint8Array());
    else files[shard] = mutateSafetensors(draw, files[shard] ?? new Uint8Array(), parts).slice();
    return packed(files);
  },
  async read(bytes) {
    const inside = join(temporaryFolder(), "shards");
    mkdirSync(inside, { recursive: true });
    for (const [name, file] of Object.entries(unzipSync(bytes))) {
      const former = written.get(name);
      if (former && Buffer.compare(former, file) === 0) continue;
      writeFileSync(join(inside, name), file);
      written.set(name, file);
    }
    return bytesOf(Object.values(await readSafetensors(join(inside, INDEX))));
  },
};

function mutatedIndex(draw: Draw, index: Uint8Array): Uint8Array<ArrayBuffer> {
  if (draw.chance(0.3)) return mutateBytes(draw, index, []).slice();
  const value: unknown = JSON.parse(new TextDecoder().decode(index));
  return new TextEncoder().encode(printJson(draw, mutateJson(draw, value, WORDS)));
}

function packed(files: Zippable): Uint8Array {
  return zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) });
}
