/**
 * Optional packages of lanegrad/data, which the command line bundles, so that its users install none. Readers look under this
 * symbol for functions that import them (src/raw/peers.ts).
 */
const PEERS = Symbol.for("lanegrad peers");

/** Lets readers of lanegrad/data import the bundled packages when they need them. */
export function bringPeers(): void {
  const peers = {
    "csv-parse": () => import("./csv-parse.ts"),
    "fast-png": () => import("./fast-png.ts"),
    hyparquet: () => import("./hyparquet.ts"),
    "jpeg-js": () => import("./jpeg-js.ts"),
  };
  Object.assign(globalThis, { [PEERS]: peers });
}
