import type { Style } from "../terminal/terminal.ts";

/** What `info` shows: JSON, and text for a terminal of `columns` characters. */
export interface Shown {
  readonly value: object;
  text(style: Style, columns: number): string;
}
