// Rows of matrices [2, ...].

/** What `columnMoments` and `channelMoments` give of each channel. */
export enum MomentRow {
  mean,
  variance,
}

/** What `columnSums` and `channelSums` give of each channel: the sums of dOut, and of dOut (x - mean). */
export enum SumRow {
  dOut,
  product,
}

/** What `rowMoments` and `rowPower` give of each row of x: its center, and the factor that brings its spread to 1. */
export enum RowMomentRow {
  center,
  factor,
}

/** What `normalizedSums` gives: the gradients of bias and weight. */
export enum AffineRow {
  bias,
  weight,
}
