import { readFileSync } from "node:fs";
import { zipSync } from "fflate";
import { tensor } from "../../../src/index.ts";
import { readNpy, readNpz, toNpy, toNpz } from "../../../src/io/index.ts";
import { mutateNpy } from "../mutate/npy.ts";
import { mutateZip } from "../mutate/zip.ts";
import { Fault, type Target } from "../target.ts";
import { FIXTURES, bytesOf, fixture } from "./safetensors.ts";

const MATRIX = tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
const COUNTS = tensor(Int32Array.of(1, 2, 3), [3]);
const MOST_INFLATED = 50_000; // bytes

/** `io.readNpy`. */
export const npy: Target = {
  name: "npy",
  errors: ["FormatError"],
  room: 2 ** 24,
  async seeds() {
    const names = ["read", "refused"];
    return [...names.flatMap((name) => listed(`numpy/${name}.json`)), toNpy(MATRIX), toNpy(COUNTS)];
  },
  mutate(draw, seeds) {
    return mutateNpy(draw, draw.pick(seeds) ?? toNpy(MATRIX), seeds);
  },
  async read(bytes) {
    return bytesOf([await readNpy(bytes)]);
  },
};

/** `io.readNpz`, of stored and deflated arrays. */
export const npz: Target = {
  name: "npz",
  errors: ["FormatError"],
  room: 2 ** 24 + 4 * MOST_INFLATED,
  async seeds() {
    const names = ["stored", "deflated"];
    return [...names.map((name) => fixture(`numpy/${name}.npz`)), smallArchive(), squeezedArchive()];
  },
  mutate(draw, seeds) {
    return mutateZip(draw, draw.pick(seeds) ?? smallArchive(), seeds, (_, bytes) => mutateNpy(draw, bytes, []));
  },
  async read(bytes) {
    const arrays = Object.values(await readNpz(bytes, { maxBytes: MOST_INFLATED }));
    if (bytesOf(arrays) > 4 * (bytes.length + MOST_INFLATED)) throw new Fault("more bytes than maxBytes allows");
    return bytesOf(arrays);
  },
};

/** The files that a JSON file has in hexadecimal. */
function listed(name: string): Uint8Array[] {
  const list: unknown = JSON.parse(readFileSync(new URL(name, FIXTURES), "utf8"));
  if (!Array.isArray(list)) return [];
  return list.map((each: unknown) => new Uint8Array(Buffer.from(String(Reflect.get(Object(each), "bytes")), "hex")));
}

function smallArchive(): Uint8Array {
  return toNpz({ weight: MATRIX, "layer/count": COUNTS });
}

/** An array of zeros, which deflates to little. */
function squeezedArchive(): Uint8Array {
  const bytes = toNpy(tensor(new Float32Array(10_000), [100, 100]));
  return zipSync({ "zeros.npy": bytes, "matrix.npy": toNpy(MATRIX) }, { level: 9, mtime: new Date(1980, 0, 1) });
}
