import { createRequire } from "node:module";

/** Loads a package from `bench/peers`; the root package does not depend on it. */
export const requirePeer = createRequire(new URL("../peers/package.json", import.meta.url));
