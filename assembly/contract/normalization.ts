// Rows of matrices [2, ...].

/** Results of `columnMoments` and `channelMoments` for each channel. */
export enum MomentRow {
  mean,
  variance,
}

/** Results of `columnSums` and `channelSums` for each channel: the sums of dOut, and of dOut (x - mean). */
export enum SumRow {
  dOut,
  product,
}

/** Results of `rowMoments` and `rowPower` for each row of x: its center, and the factor that brings its spread to 1. */
export enum RowMomentRow {
  center,
  factor,
}

/** Results of `normalizedSums`: the gradients of bias and weight. */
export enum AffineRow {
  bias,
  weight,
}
