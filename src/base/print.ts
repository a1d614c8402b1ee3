/** A table of text with a head and a rule; columns of numbers are aligned right. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const numeric = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => /^[\d., %+-]*$/.test(row[column] ?? "")),
  );
  const print = (row: readonly string[]): string =>
    widths
      .map((width, column) =>
        numeric[column] ? (row[column] ?? "").padStart(width) : (row[column] ?? "").padEnd(width),
      )
      .join("  ")
      .trimEnd();
  return [print(head), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(print)].join("\n");
}

/** `1,218` */
export function printCount(count: number): string {
  return count.toLocaleString("en");
}

/** A number to four decimals; `1.20e-5` if these show less than two digits. */
export function printNumber(value: number): string {
  const isSmall = value !== 0 && Math.abs(value) < 1e-3;
  return isSmall || Math.abs(value) >= 1e6 ? value.toPrecision(3) : value.toFixed(4);
}

/** `97.52 %` of a share from 0 to 1. */
export function printPercent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`;
}

/** `1.23 MFLOP` */
export function printAmount(amount: number, unit: string): string {
  const prefixes = [
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e3],
  ] as const;
  const found = prefixes.find(([, size]) => amount >= size);
  return found ? `${(amount / found[1]).toPrecision(3)} ${found[0]}${unit}` : `${amount} ${unit}`;
}

/** `0.92 GFLOP, 1.4 GFLOP skipped` */
export function printWork({ flops, skipped }: { readonly flops: number; readonly skipped: number }): string {
  return `${printAmount(flops, "FLOP")}${skipped > 0 ? `, ${printAmount(skipped, "FLOP")} skipped` : ""}`;
}
