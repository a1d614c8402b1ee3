/** Draws are a function of this, their use and their index: the key of Philox, then two words of its counter. */
@unmanaged
export class RngWords {
  seedLow: u32;
  seedHigh: u32;
  stream: u32;
  step: u32;
}

/** The numbers that `normalWith` reads. */
@unmanaged
export class NormalMoments {
  mean: f32;
  deviation: f32;
}
