import type { Files } from "#platform";
import { FormatError } from "../../base/errors.ts";
import type { StateRecord } from "../../base/state-tree.ts";
import type { Tensor } from "../../base/tensor.ts";
import { CONFIGURATION } from "../model-file.ts";
import { type SafetensorsHeader, encodeSafetensors, readHeader, readTensor } from "../safetensors/index.ts";
import { type ByteSource, withSource } from "../source.ts";
import { decodeState, encodeState } from "../state-json.ts";
import { writeFile } from "../write.ts";
import { Checksum, NO_CHECKSUM, withChecksum } from "./checksum.ts";

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
  const metadata = { sha256: NO_CHECKSUM, [CONFIGURATION]: description, state: text };
  const chunks = [...encodeSafetensors(where, Object.fromEntries(tensors), { metadata })];
  await writeFile(where, path, withChecksum(files, chunks));
}

/**
 * Reads a checkpoint.
 * @throws FormatError when its bytes are not those that were written
 * @throws FileError when it cannot be read
 */
export async function readGeneration(where: string, files: Files, path: string): Promise<Generation> {
  return withSource(where, path, async (source) => {
    const header = await readHeader(where, source);
    const [description, text] = [header.metadata.get(CONFIGURATION), header.metadata.get("state")];
    const [first] = header.tensors.values();
    const checksum = new Checksum(files, await source.read(0, first?.start ?? source.size));
    const tensors = new Map<string, Tensor>();
    await readEach(where, source, header, (name, tensor) => {
      checksum.add(tensor.data);
      tensors.set(name, tensor);
    });
    if (description === undefined || text === undefined || !checksum.isRight()) {
      throw new FormatError(
        `${where}: ${JSON.stringify(path)} must have the checksum of its bytes; got another or none`,
      );
    }
    return { state: decodeState(where, text, tensors), description };
  });
}

/** Gives all tensors to `take`, in the order of their bytes; the next is read meanwhile. */
async function readEach(
  where: string,
  source: ByteSource,
  header: SafetensorsHeader,
  take: (name: string, tensor: Tensor) => void,
): Promise<void> {
  const names = [...header.tensors.keys()];
  const start = (name: string | undefined): Promise<Tensor> | undefined => {
    const reading = name === undefined ? undefined : readTensor(where, source, header, name);
    reading?.catch(() => undefined); // if `take` throws, nobody waits for it
    return reading;
  };
  let next = start(names[0]);
  for (const [i, name] of names.entries()) {
    const tensor = await next;
    next = start(names[i + 1]);
    if (tensor) take(name, tensor);
  }
}

/** All bytes of a file. */
export async function readWhole(where: string, path: string): Promise<Uint8Array<ArrayBuffer>> {
  return withSource(where, path, (file) => file.read(0, file.size));
}

/** The description of a checkpoint, which is read without the rest; undefined if the header is damaged. */
export async function readDescription(where: string, path: string): Promise<string | undefined> {
  try {
    const { metadata } = await withSource(where, path, (file) => readHeader(where, file));
    return metadata.get(CONFIGURATION);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
