import { zipSync } from "fflate";
import { NAMES, NUMBERS, SHAPE, numbersOf } from "./job.ts";

/** A state dict as `torch.save` of PyTorch 1.6 and later writes it: a zip archive of a pickle and one entry for each storage. */
export function torchArchive(): Uint8Array {
  const storages = NAMES.map((_, layer) => [`model/data/${layer}`, new Uint8Array(numbersOf(layer).buffer)] as const);
  return zipSync({ "model/data.pkl": pickle(), ...Object.fromEntries(storages) }, { level: 0 });
}

/** Opcodes of protocol 2: a dict of tensors by name. */
function pickle(): Uint8Array {
  const [rows, columns] = SHAPE;
  const items = NAMES.map((name, layer) =>
    [
      `${text(name)}ctorch._utils\n_rebuild_tensor_v2\n(`,
      `(${text("storage")}ctorch\nFloatStorage\n${text(String(layer))}${text("cpu")}${whole(NUMBERS)}tQ`,
      `${whole(0)}${whole(rows)}${whole(columns)}\x86${whole(columns)}${whole(1)}\x86`,
      "\x89ccollections\nOrderedDict\n)RtR",
    ].join(""),
  );
  return Buffer.from(["\x80\x02}(", ...items, "u."].join(""), "latin1");
}

function text(value: string): string {
  return `X${little(value.length)}${value}`;
}

function whole(value: number): string {
  return `J${little(value)}`;
}

/** Four bytes, as characters. */
function little(value: number): string {
  return String.fromCharCode(...new Uint8Array(Uint32Array.of(value).buffer));
}
