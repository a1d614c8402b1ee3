/** Which blocks of kernel memory belong to JavaScript objects: they end with them. */
import { platform } from "#platform";
import { onShortage, release } from "./memory.ts";

/** A block that is in use for as long as its owner is. */
export interface Lease {
  readonly address: number;
  readonly bytes: number;
  /** Becomes empty some time after the owner is garbage. It refers to what the owner alone holds, so that it keeps little. */
  readonly token: WeakRef<object>;
}

const leases = new Set<Lease>();
const tokens = new WeakMap<object, object>();
const dropped = new FinalizationRegistry(end);

/** Has a block given back when nothing refers to `owner` any more. */
export function lend(owner: object, address: number, bytes: number): Lease {
  const token = {};
  tokens.set(owner, token);
  const lease = { address, bytes, token: new WeakRef(token) };
  leases.add(lease);
  dropped.register(owner, lease);
  return lease;
}

/** Gives the block back, unless that was done. */
export function end(lease: Lease): void {
  if (leases.delete(lease)) release(lease.address, lease.bytes);
}

// Finalizers run when the event loop turns: a loop that never lets it would use up memory with garbage.
onShortage(() => {
  platform.collect();
  for (const lease of leases) if (!lease.token.deref()) end(lease);
});
