/** Blocks of kernel memory that belong to JavaScript objects and are released with them. */
import { platform } from "#platform";
import { onShortage, release } from "./memory.ts";

/** A block that is in use as long as its owner is reachable. */
export interface Lease {
  readonly address: number;
  readonly bytes: number;
  /** A reference to an object that only the owner references: empty some time after the owner became garbage. */
  readonly token: WeakRef<object>;
}

const leases = new Set<Lease>();
const tokens = new WeakMap<object, object>();
const dropped = new FinalizationRegistry(end);

/** Gives a block to `owner`: it is released after the owner became garbage. */
export function lend(owner: object, address: number, bytes: number): Lease {
  const token = {};
  tokens.set(owner, token);
  const lease = { address, bytes, token: new WeakRef(token) };
  leases.add(lease);
  dropped.register(owner, lease);
  return lease;
}

/** Releases the block, unless that was done before. */
export function end(lease: Lease): void {
  if (leases.delete(lease)) release(lease.address, lease.bytes);
}

// Finalizers run when the event loop turns; a loop that never yields would fill memory with garbage.
onShortage(() => {
  platform.collect();
  for (const lease of leases) if (!lease.token.deref()) end(lease);
});
