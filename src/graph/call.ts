import { signatures } from "#kernels/signatures";
import type { KernelName, Kernels } from "./kernels.ts";
import type { Call, Operand } from "./operand.ts";

export type { Call };

/** A kernel's own arguments: all but the trailing `part, parts`. */
type Arguments<P> = P extends [...infer Own, part: number, parts: number]
  ? { [I in keyof Own]: Operand | number }
  : never;

/**
 * A kernel call, checked by the compiler against the kernel's own signature.
 * @throws RangeError when a number is not an integer of 32 bits for an integer parameter, or is finite but infinite as float32
 */
export function call<K extends KernelName>(kernel: K, ...args: Arguments<Parameters<Kernels[K]>>): Call {
  const types = signatures[kernel] ?? "";
  args.forEach((argument: Operand | number, i) => {
    if (typeof argument === "number") requireHeld(kernel, i, argument, types[i] ?? "i");
  });
  return { kernel, arguments: args };
}

function requireHeld(kernel: string, index: number, value: number, type: string): void {
  const wanted =
    type === "i" && value !== (value | 0)
      ? "a whole number of 32 bits"
      : type === "f" && Number.isFinite(value) && !Number.isFinite(Math.fround(value))
        ? "within the range of float32"
        : undefined;
  if (wanted) throw new RangeError(`${kernel}: argument ${index + 1} must be ${wanted}; got ${value}`);
}
