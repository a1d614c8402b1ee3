/** A limit of the memory that variables take, for models whose sizes come from a file. */

let left = Infinity; // bytes

/** Runs `work`, in which variables may take this many bytes in all. */
export function withBudget<T>(bytes: number, work: () => T): T {
  const outer = left;
  left = bytes;
  try {
    return work();
  } finally {
    left = outer;
  }
}

/**
 * Counts bytes that a variable is about to take.
 * @throws RangeError when the budget has less
 */
export function spend(bytes: number): void {
  if (left === Infinity) return;
  if (bytes > left) {
    throw new RangeError(
      `memory: sizes must be those of the tensors in the file; got ${bytes} bytes, with ${left} left`,
    );
  }
  left -= bytes;
}
