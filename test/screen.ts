import { vi } from "vitest";

/** What a terminal shows: it obeys carriage return, newline and "erase to the end of the line", and breaks long lines. */
export class Screen {
  #rows: string[] = [""];
  #column = 0;

  constructor(public columns: number) {}

  /** The lines, without empty ones at the end. */
  get lines(): readonly string[] {
    return this.text.split("\n");
  }

  get text(): string {
    return this.#rows.map((row) => row.trimEnd()).join("\n").trimEnd(); // prettier-ignore
  }

  /** Shows text, as a program writes it: a newline also returns the carriage. */
  write(text: string): void {
    // eslint-disable-next-line no-control-regex
    for (const [each] of text.matchAll(/\u001b\[[\d;?]*[@-~]|[^]/gu)) this.#take(each);
  }

  /** Makes the window narrower: it breaks the line of the cursor, as most terminals do. */
  narrow(columns: number): void {
    this.columns = columns;
    let row = this.#rows.pop() ?? "";
    while (row.length > columns) {
      this.#rows.push(row.slice(0, columns));
      row = row.slice(columns);
    }
    this.#rows.push(row);
    this.#column = row.length;
  }

  #take(each: string): void {
    const row = this.#rows.at(-1) ?? "";
    if (each === "\u001b[K") return this.#set(row.slice(0, this.#column));
    if (each === "\u001b[A") return this.#goUp();
    if (each.startsWith("\u001b")) return;
    if (each === "\r") return void (this.#column = 0);
    if (each === "\n") return this.#begin();
    if (this.#column >= this.columns) {
      this.#begin();
      return this.#take(each);
    }
    this.#set(row.padEnd(this.#column).slice(0, this.#column) + each + row.slice(this.#column + 1));
    this.#column++;
  }

  #set(row: string): void {
    this.#rows[this.#rows.length - 1] = row;
  }

  /** To the line above, from one that is empty. */
  #goUp(): void {
    if (this.#rows.length > 1) this.#rows.pop();
  }

  #begin(): void {
    this.#rows.push("");
    this.#column = 0;
  }
}

/** Makes standard output and standard error write to a screen until the mocks are restored. */
export function onScreen(columns: number): Screen {
  const screen = new Screen(columns || 80);
  for (const stream of [process.stdout, process.stderr]) {
    Object.assign(stream, { isTTY: true, columns });
    vi.spyOn(stream, "write").mockImplementation((text) => {
      screen.write(typeof text === "string" ? text : new TextDecoder().decode(text));
      return true;
    });
  }
  return screen;
}
