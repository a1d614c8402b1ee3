/** Models in several safetensors files, with an index that names the file of each tensor, as transformers writes them. */
import { type UrlLike, isUrl } from "../base/url.ts";
import { FormatError } from "../base/errors.ts";
import { shown, shownNames } from "../base/shown.ts";
import { pathBeside } from "../files/host.ts";
import { JsonReader, type Refuse, jsonText } from "../files/json-reader.ts";
import { LONGEST_HEADER, type SafetensorsHeader, readHeader } from "../files/safetensors/index.ts";
import { type ByteSource, type FileLike, withSource } from "../files/source.ts";

/** What an index says. */
interface Index {
  /** The names of the tensors of each shard. */
  readonly shards: ReadonlyMap<string, ReadonlySet<string>>;
  readonly names: readonly string[];
}

/** Whether a file is the index of shards: a path that says so. */
export function isIndex(file: FileLike): file is string | UrlLike {
  const path = typeof file === "string" ? file : isUrl(file) ? file.pathname : "";
  return path.endsWith(".safetensors.index.json");
}

/**
 * Calls `use` for each shard that has wanted tensors, with their names. The headers of these shards are checked first: a shard
 * must have the tensors that the index names for it, and no others. The metadata of the index is not read: published models
 * have a total_size that does not count tensors that are shared.
 */
export async function readShards(
  where: string,
  file: string | UrlLike,
  wanted: (names: readonly string[]) => readonly string[],
  use: (source: ByteSource, header: SafetensorsHeader, names: readonly string[]) => Promise<void>,
): Promise<void> {
  const refuse: Refuse = (must, got) => {
    throw new FormatError(`${where}: in ${shown(typeof file === "string" ? file : file.href)}, ${must}; got ${got}`);
  };
  const index = await readIndex(where, file, refuse);
  const needed = shardsOf(index, wanted(index.names), refuse);
  for (const shard of needed.keys()) {
    await withShard(where, file, shard, async (_, header) => {
      requireSameNames(shard, index.shards.get(shard) ?? new Set(), header, refuse);
    });
  }
  for (const [shard, names] of needed) {
    await withShard(where, file, shard, (source, header) => use(source, header, names));
  }
}

async function withShard(
  where: string,
  file: string | UrlLike,
  shard: string,
  use: (source: ByteSource, header: SafetensorsHeader) => Promise<void>,
): Promise<void> {
  await withSource(where, pathBeside(where, file, shard), async (source) => {
    await use(source, await readHeader(where, source));
  });
}

async function readIndex(where: string, file: string | UrlLike, refuse: Refuse): Promise<Index> {
  return withSource(where, file, async (source) => {
    if (source.size > LONGEST_HEADER) {
      refuse(`the index must have at most ${LONGEST_HEADER} bytes`, `${source.size}`);
    }
    return parseIndex(jsonText("the index", await source.read(0, source.size), refuse), refuse);
  });
}

function parseIndex(text: string, refuse: Refuse): Index {
  const json = new JsonReader(text, refuse);
  const shards = new Map<string, Set<string>>();
  const names: string[] = [];
  let hasMap = false;
  json.object("the index", (member) => {
    if (member === "weight_map") {
      hasMap = true;
      json.object("weight_map", (name) => {
        const shard = json.string("a file in weight_map");
        requirePlainName(shard, refuse);
        names.push(name);
        shards.set(shard, (shards.get(shard) ?? new Set()).add(name));
      });
    } else {
      json.skip("the index");
    }
  });
  json.end("the index");
  if (!hasMap) refuse("the index must have a weight_map", "none");
  return { shards, names };
}

/** Requires the name of a file in the same directory, on any system. */
function requirePlainName(name: string, refuse: Refuse): void {
  if (/^[^/\\:\0]+\.safetensors$/.test(name)) return;
  refuse("files in weight_map must be names of .safetensors files, without a directory", shown(name));
}

/** The shards that hold wanted tensors, with the names of these. */
function shardsOf({ shards, names }: Index, wanted: readonly string[], refuse: Refuse): ReadonlyMap<string, string[]> {
  const shardOf = new Map([...shards].flatMap(([shard, held]) => [...held].map((name) => [name, shard] as const)));
  const needed = new Map<string, string[]>();
  for (const name of wanted) {
    const shard = shardOf.get(name) ?? refuse(`there must be a tensor ${shown(name)}`, shownNames(names));
    const found = needed.get(shard);
    if (found) found.push(name);
    else needed.set(shard, [name]);
  }
  return needed;
}

function requireSameNames(
  shard: string,
  expected: ReadonlySet<string>,
  { tensors }: SafetensorsHeader,
  refuse: Refuse,
): void {
  const missing = [...expected].filter((name) => !tensors.has(name));
  if (missing.length > 0)
    refuse(`${shown(shard)} must have the tensors of weight_map`, `none of ${shownNames(missing)}`);
  const unknown = [...tensors.keys()].filter((name) => !expected.has(name));
  if (unknown.length > 0) refuse(`tensors of ${shown(shard)} must be in weight_map`, shownNames(unknown));
}
