import type { Html } from "./html.ts";

/** A part of the page that its table of contents leads to. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Html;
}
