/** `97.92 %` */
export function percent(share = NaN): string {
  return `${(share * 100).toFixed(2)} %`;
}

/** `55,000` */
export function count(amount: number): string {
  return Math.round(amount).toLocaleString("en");
}

/** `1 step`, `3 steps` */
export function plural(amount: number, name: string): string {
  return `${count(amount)} ${name}${amount === 1 ? "" : "s"}`;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
