import { createRequire } from "node:module";

/** Loads a package from `bench/peers`, of which the root package knows nothing. */
export const requirePeer = createRequire(new URL("../peers/package.json", import.meta.url));
