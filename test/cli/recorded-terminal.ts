import { styleOf } from "../../src/cli/terminal/style.ts";
import type { Terminal } from "../../src/cli/terminal/terminal.ts";

/** A terminal that keeps what actions print, in this process. */
export class RecordedTerminal implements Terminal {
  readonly isInteractive = false;
  readonly columns = 80;
  readonly style = styleOf(false);
  readonly values: object[] = [];
  readonly notes: string[] = [];
  #text = "";

  constructor(readonly json = false) {}

  /** Results as text. */
  get text(): string {
    return this.#text;
  }

  result(value: object, text: () => string): Promise<void> {
    this.values.push(value);
    this.#text += text();
    return Promise.resolve();
  }

  note(text: string): void {
    this.notes.push(text);
  }

  status(): void {}
}
