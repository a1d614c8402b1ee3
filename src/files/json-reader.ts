import { visible } from "../base/shown.ts";

const DEEPEST = 100; // levels of values that are skipped
const MOST_DIGITS = 16; // of a whole number: 2^53 has 16

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Called with what must hold of the text, and what was found; throws. */
export type Refuse = (must: string, got: string) => never;

/** The text of bytes of JSON, which must be UTF-8. */
export function jsonText(what: string, bytes: Uint8Array, refuse: Refuse): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuse(`${what} must be UTF-8`, "other bytes");
  }
}

/**
 * Reads JSON (RFC 8259) as its caller expects it, in one pass: nothing is built of values that are skipped, and repeated
 * names are refused, which `JSON.parse` does not.
 */
export class JsonReader {
  #at = 0;

  constructor(
    readonly text: string,
    readonly refuse: Refuse,
  ) {}

  /** An object. `member` must read the value of each name. */
  object(what: string, member: (name: string) => void): void {
    const names = new Set<string>();
    this.#list(what, "an object", "{", "}", () => {
      const name = this.string(`a name in ${what}`);
      if (names.has(name)) this.refuse(`names in ${what} must differ`, `${quoted(cut(name))} twice`);
      names.add(name);
      if (!this.#take(":")) this.#unexpected(`a name in ${what}`, "followed by a colon");
      member(name);
    });
  }

  /** An array. `element` must read each of its values. */
  array(what: string, element: () => void): void {
    this.#list(what, "an array", "[", "]", element);
  }

  string(what: string): string {
    this.#space();
    const start = this.#at;
    if (this.text.charCodeAt(start) !== QUOTE) this.#unexpected(what, "a string");
    const hasEscapes = this.#findQuote(what);
    const value = hasEscapes ? this.#unescaped(what, start) : this.text.slice(start + 1, this.#at);
    this.#at++;
    return value;
  }

  /** A whole number of at least 0, written as digits, below 2^53. */
  whole(what: string): number {
    this.#space();
    const start = this.#at;
    this.#digits();
    const digits = this.text.slice(start, Math.min(this.#at, start + MOST_DIGITS + 1));
    const value = Number(digits);
    const next = this.text[this.#at] ?? "";
    const isWhole = digits !== "" && (digits === "0" || !digits.startsWith("0")) && !".eE".includes(next || " ");
    if (isWhole && digits.length <= MOST_DIGITS && Number.isSafeInteger(value)) return value;
    this.#at = start;
    return this.#unexpected(what, "a whole number from 0 to 2^53 - 1");
  }

  /** A number. */
  number(what: string): number {
    this.#space();
    const start = this.#at;
    const isMinus = this.#is(MINUS);
    if (isMinus) this.#at++;
    const first = this.#at;
    const whole = this.#digits();
    let isNumber = whole > 0 && (whole === 1 || this.text.charCodeAt(first) !== ZERO);
    if (this.#is(POINT)) {
      this.#at++;
      isNumber &&= this.#digits() > 0;
    }
    if (this.text[this.#at] === "e" || this.text[this.#at] === "E") {
      this.#at++;
      if (this.text[this.#at] === "+" || this.text[this.#at] === "-") this.#at++;
      isNumber &&= this.#digits() > 0;
    }
    if (isNumber) return Number(this.text.slice(start, this.#at));
    this.#at = start;
    return this.#unexpected(what, "a number");
  }

  /** Any value, of which nothing is kept. */
  skip(what: string, depth = 0): void {
    if (depth === DEEPEST) this.refuse(`${what} must be nested at most ${DEEPEST} levels deep`, "more");
    this.#space();
    const first = this.text[this.#at];
    if (first === "{") return this.object(what, () => this.skip(what, depth + 1));
    if (first === "[") return this.array(what, () => this.skip(what, depth + 1));
    if (first === '"') return void this.string(what);
    const word = ["true", "false", "null"].find((known) => this.text.startsWith(known, this.#at));
    if (word === undefined) return void this.number(what);
    this.#at += word.length;
  }

  /** Requires that nothing but white space is left. */
  end(what: string): void {
    this.#space();
    if (this.#at < this.text.length) this.#unexpected(what, "followed by nothing");
  }

  #list(what: string, kind: string, open: string, close: string, item: () => void): void {
    if (!this.#take(open)) this.#unexpected(what, kind);
    if (this.#take(close)) return;
    do item();
    while (this.#take(","));
    if (!this.#take(close)) this.#unexpected(what, `${kind} that ends in ${close}`);
  }

  /** Goes past a character, if it is the next one after white space. */
  #take(character: string): boolean {
    this.#space();
    if (this.text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #is(code: number): boolean {
    return this.text.charCodeAt(this.#at) === code;
  }

  #space(): void {
    for (; ; this.#at++) {
      const code = this.text.charCodeAt(this.#at);
      if (code !== SPACE && code !== LINE_FEED && code !== CARRIAGE_RETURN && code !== TAB) return;
    }
  }

  /** Goes past digits, and returns how many there are. */
  #digits(): number {
    const start = this.#at;
    for (; ; this.#at++) {
      const code = this.text.charCodeAt(this.#at);
      if (!(code >= ZERO && code <= NINE)) return this.#at - start;
    }
  }

  /** Goes to the quote that ends a string, and returns whether there are escapes before it. */
  #findQuote(what: string): boolean {
    let hasEscapes = false;
    for (this.#at++; !this.#is(QUOTE); this.#at++) {
      if (this.#is(BACKSLASH)) {
        hasEscapes = true;
        this.#at++;
      }
      // Not a number, and so not at least a space, at the end of the text.
      if (!(this.text.charCodeAt(this.#at) >= SPACE)) this.#unexpected(what, "a string without control characters");
    }
    return hasEscapes;
  }

  #unescaped(what: string, start: number): string {
    const literal = this.text.slice(start, this.#at + 1);
    let value: unknown;
    try {
      value = JSON.parse(literal);
    } catch {
      value = undefined;
    }
    if (typeof value === "string" && !LONE_SURROGATE.test(value)) return value;
    return this.refuse(`${what} must have escapes of Unicode characters`, visible(cut(literal)));
  }

  #unexpected(what: string, kind: string): never {
    const rest = this.text.slice(this.#at, this.#at + 20);
    const got = rest === "" ? "the end" : quoted(rest);
    return this.refuse(`${what} must be ${kind}`, `${got} at character ${this.#at}`);
  }
}

function quoted(text: string): string {
  return visible(JSON.stringify(text));
}

function cut(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
