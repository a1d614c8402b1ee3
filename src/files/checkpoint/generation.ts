import type { Files } from "#platform";
import { FormatError } from "../../base/errors.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import type { Tensor } from "../../base/tensor.ts";
import { encodeSafetensors, readHeader, readTensor } from "../safetensors/index.ts";
import { type ByteSource, openSource } from "../source.ts";
import { decodeState, encodeState } from "../state-json.ts";
import { writeFile } from "../write.ts";
import { NO_CHECKSUM, hasChecksum, withChecksum } from "./checksum.ts";

/** What a checkpoint file holds. */
export interface Generation {
  readonly state: StateRecord;
  /** JSON of the model's configuration and of what else describes the file. */
  readonly description: string;
}

/** Writes a checkpoint: a safetensors file with the tensors of a state; the rest of it is JSON in the metadata. */
export async function writeGeneration(
  where: string,
  files: Files,
  path: string,
  { state, description }: Generation,
): Promise<void> {
  const { text, tensors } = encodeState(state);
  const metadata = { sha256: NO_CHECKSUM, lanegrad: description, state: text };
  const chunks = [...encodeSafetensors(where, Object.fromEntries(tensors), { metadata })];
  await writeFile(where, path, withChecksum(files, chunks));
}

/**
 * Reads a checkpoint.
 * @throws FormatError when its bytes are not those that were written
 * @throws FileError when it cannot be read
 */
export async function readGeneration(where: string, files: Files, path: string): Promise<Generation> {
  const bytes = await readWhole(where, path);
  const source: ByteSource = { ...(await openSource(where, bytes)), name: path };
  const header = await readHeader(where, source);
  const [description, text] = [header.metadata.get("lanegrad"), header.metadata.get("state")];
  if (description === undefined || text === undefined || !hasChecksum(files, bytes)) {
    throw new FormatError(`${where}: ${JSON.stringify(path)} must have the checksum of its bytes; got another or none`);
  }
  const tensors = new Map<string, Tensor>();
  for (const name of header.tensors.keys()) tensors.set(name, await readTensor(where, source, header, name));
  return { state: decodeState(where, text, tensors), description };
}

/** All bytes of a file. */
export async function readWhole(where: string, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = await openSource(where, path);
  return file.read(0, file.size).finally(() => file.close());
}

/** The description of a checkpoint, which is read without the rest; undefined if the header is damaged. */
export async function readDescription(where: string, path: string): Promise<string | undefined> {
  const file = await openSource(where, path);
  try {
    return (await readHeader(where, file)).metadata.get("lanegrad");
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  } finally {
    await file.close();
  }
}
