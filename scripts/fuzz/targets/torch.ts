import { readdirSync } from "node:fs";
import type { StateTree } from "../../../src/base/state-tree.ts";
import { Tensor } from "../../../src/base/tensor.ts";
import { readTorch } from "../../../src/io/index.ts";
import { isZip } from "../../../src/io/zip.ts";
import { mutateBytes } from "../mutate/bytes.ts";
import { mutatePickle } from "../mutate/pickle.ts";
import { mutateZip } from "../mutate/zip.ts";
import type { Target } from "../target.ts";
import { FIXTURES, bytesOf, fixture } from "./safetensors.ts";

/** Where the object's pickle starts in the plain form: behind those of magic number, version and system. */
const FIRST_PICKLES = 3;

/** `io.readTorch`, of both forms. */
export const torch: Target = {
  name: "torch",
  errors: ["FormatError"],
  // 2^22 numbers of repeating views: as they are stored, in order, and as float32.
  room: 2 ** 22 * (8 + 8 + 4) + 2 ** 25,
  async seeds() {
    const names = readdirSync(new URL("torch/", FIXTURES)).filter((name) => name.endsWith(".pt"));
    return names.toSorted().map((name) => fixture(`torch/${name}`));
  },
  mutate(draw, seeds) {
    const file = draw.pick(seeds) ?? new Uint8Array();
    const others = seeds.filter((each) => isZip(each) === isZip(file));
    if (isZip(file)) {
      return mutateZip(draw, file, others, (name, bytes) =>
        name.endsWith(".pkl") ? mutatePickle(draw, bytes, []) : mutateBytes(draw, bytes, []),
      );
    }
    const start = draw.chance(0.8) ? objectStart(file) : 0;
    const changed = mutatePickle(draw, file.subarray(start), others);
    const whole = new Uint8Array(start + changed.length);
    whole.set(file.subarray(0, start));
    whole.set(changed, start);
    return draw.chance(0.9) ? whole : mutateBytes(draw, whole, others);
  },
  async read(bytes) {
    return bytesOf(tensorsIn(await readTorch<StateTree>(bytes)));
  },
};

/** The tensors of a tree. */
export function tensorsIn(tree: StateTree): readonly Tensor[] {
  if (tree instanceof Tensor) return [tree];
  if (typeof tree !== "object" || tree === null) return [];
  return Object.values<StateTree>(tree).flatMap(tensorsIn);
}

/** Where the object's pickle starts in a file of the plain form, whose first pickles have no text. */
function objectStart(file: Uint8Array): number {
  let at = 0;
  for (let i = 0; i < FIRST_PICKLES; i++) {
    // Each pickle begins with its protocol, 0x80 0x02, behind the end of the one before.
    let next = at + 2;
    while (next < file.length && !(file[next] === 0x2e && file[next + 1] === 0x80 && file[next + 2] === 2)) next++;
    at = next + 1;
  }
  return at < file.length ? at : 0;
}
