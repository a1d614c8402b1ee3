declare module "asciichart" {
  interface PlotConfig {
    readonly min?: number;
    readonly max?: number;
    /** Rows less one. */
    readonly height?: number;
    /** Columns before the first value. */
    readonly offset?: number;
    readonly symbols?: readonly string[];
    readonly format?: (value: number, row: number) => string;
  }
  const asciichart: { readonly plot: (series: readonly number[], config?: PlotConfig) => string };
  export default asciichart;
}
