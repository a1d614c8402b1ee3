/** Headers of files as Hugging Face's own parser reads them. */
import { type SafetensorsFileHeader, parseSafetensorsMetadata } from "@huggingface/hub";

/** Answers as a server that knows ranges, with these files. */
function serve(files: Readonly<Record<string, Uint8Array>>): typeof fetch {
  return async (input, init) => {
    const name =
      String(input instanceof Request ? input.url : input)
        .split("/")
        .at(-1) ?? "";
    const bytes = files[name];
    if (!bytes) return new Response("", { status: 404, headers: { "X-Error-Code": "EntryNotFound" } });
    const [, from = 0, to = 0] = /bytes=(\d+)-(\d+)/.exec(new Headers(init?.headers).get("range") ?? "") ?? [];
    const part = bytes.slice(Number(from), Number(to) + 1);
    const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
    return new Response(part, { status: 206, headers: { "content-range": range, etag: '"1"' } });
  };
}

/** The header of a file. */
export async function headerOf(bytes: Uint8Array): Promise<SafetensorsFileHeader> {
  const parsed = await parseSafetensorsMetadata({
    repo: "a/b",
    path: "m.safetensors",
    fetch: serve({ "m.safetensors": bytes }),
  });
  if (parsed.sharded) throw new Error("one file is no shard");
  return parsed.header;
}
