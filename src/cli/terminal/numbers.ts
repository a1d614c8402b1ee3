/** Numbers as people read them. */

/** `1,218` */
export function printCount(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 row`, `1,218 rows` */
export function printCounted(count: number, what: string): string {
  return `${printCount(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** `96.7 %` */
export function printPercent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Four digits: `0.1234`, `12,340`, `1.234e-5`. */
export function printNumber(value: number): string {
  return value === 0 || (Math.abs(value) >= 1e-4 && Math.abs(value) < 1e7)
    ? value.toLocaleString("en", { maximumSignificantDigits: 4 })
    : value.toExponential(3);
}

/** `1.23 MB` */
export function printBytes(bytes: number): string {
  const units = [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
  ] as const;
  const [unit, size] = units.find(([, size]) => bytes >= size) ?? ["B", 1];
  return size === 1 ? `${bytes} ${unit}` : `${(bytes / size).toPrecision(3)} ${unit}`;
}

/** `784 x 512`; "one number" of no axes */
export function printShape(shape: readonly number[]): string {
  return shape.length === 0 ? "one number" : shape.join(" x ");
}
