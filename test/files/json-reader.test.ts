import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/base/errors.ts";
import { JsonReader } from "../../src/files/json-reader.ts";
import { draws } from "./support.ts";

function reader(text: string): JsonReader {
  return new JsonReader(text, (must, got) => {
    throw new FormatError(`${must}; got ${got}`);
  });
}

function skipped(text: string): void {
  const json = reader(text);
  json.skip("the value");
  json.end("the value");
}

/** https://github.com/nst/JSONTestSuite has more; these are its kinds. */
const valid = [
  "0",
  "-0",
  "1.5e+10",
  "0E0",
  "[]",
  "{}",
  '[1,"a",null,true,false]',
  ' { "a" : [ { } ] } ',
  '"\\u00e9\\n\\"\\/"',
  '"\u2028\u007f"',
  '{"":0}',
];
const invalid = [
  "",
  " ",
  "01",
  "+1",
  "-",
  "1.",
  ".5",
  "1e",
  "1e+",
  "0x1",
  "NaN",
  "Infinity",
  "tru",
  "nulll",
  "[1,]",
  "[,1]",
  "[1",
  "[1 2]",
  "{",
  '{"a"}',
  '{"a":}',
  '{"a":1,}',
  "{a:1}",
  "{'a':1}",
  '"',
  '"\\',
  '"\\x"',
  '"\\u12"',
  '"a\nb"',
  '"\t"',
  "1 2",
  "[1]]",
  "[//\n]",
  "\u00a01",
  "\ufeff1",
  '{"a":1,"a":2}',
  '{"a":1,"\\u0061":2}',
  '[{"b":0,"b":0}]',
  '"\\ud800"',
  '"\\udc00\\ud800"',
];

test.each(valid)("is JSON: %j", (text) => {
  expect(() => skipped(text)).not.toThrow();
  expect(() => void JSON.parse(text)).not.toThrow();
});

test.each(invalid)("is refused: %j", (text) => {
  expect(() => skipped(text)).toThrow(FormatError);
});

test("random texts are JSON exactly if JSON.parse takes them, but for repeated names and halves of surrogates", () => {
  const draw = draws(1);
  const pieces = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    '"a"',
    '"b"',
    "1",
    "0",
    "-",
    ".",
    "e",
    "true",
    "null",
    " ",
    "\\",
    "\\n",
    "é",
  ];
  const differing: string[] = [];
  let both = 0;
  for (let i = 0; i < 50_000; i++) {
    const text = Array.from({ length: 1 + draw(7) }, () => pieces[draw(pieces.length)]).join("");
    if (/"a".*"a"|"b".*"b"|"".*""/.test(text)) continue; // perhaps repeated names
    const isJson = accepts(() => void JSON.parse(text));
    if (isJson !== accepts(() => skipped(text))) differing.push(text);
    if (isJson) both++;
  }
  expect(differing).toEqual([]);
  expect(both).toBeGreaterThan(1000);
});

function accepts(parse: () => void): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}

describe("values are read as expected", () => {
  test.each(["a", "é", "🧊", '"', "\\", "\n", "__proto__", "", "\u0000", "\u2028"])("the string %j", (text) => {
    expect(reader(JSON.stringify(text)).string("it")).toBe(text);
    expect(reader(` "${text.replace(/["\\\n\0]/g, "")}"`).string("it")).toBe(text.replace(/["\\\n\0]/g, ""));
  });

  test.each([
    ["0", 0],
    ["9007199254740991", 2 ** 53 - 1],
    [" 12 ", 12],
  ] as const)("the whole number %s", (text, value) => {
    expect(reader(text).whole("it")).toBe(value);
  });

  test.each(["9007199254740992", "-1", "-0", "1.0", "1e2", "00", "", '"1"', "1".repeat(400), "null"])(
    "no whole number: %s",
    (text) => {
      expect(() => reader(text).whole("it")).toThrow(/^it must be a whole number from 0 to 2\^53 - 1; got /);
    },
  );

  test("numbers, arrays and objects in order", () => {
    const seen: unknown[] = [];
    const json = reader('{"b":[1,2.5e1],"a":"x","__proto__":[[]]}');
    json.object("it", (name) => {
      seen.push(name);
      if (name === "b") json.array("b", () => void seen.push(json.number("a number")));
      else if (name === "a") seen.push(json.string("a"));
      else json.skip(name);
    });
    json.end("it");
    expect(seen).toEqual(["b", 1, 25, "a", "x", "__proto__"]);
  });

  test.each([
    [(json: JsonReader) => json.object("it", () => {}), "[]", 'it must be an object; got "[]" at character 0'],
    [(json: JsonReader) => json.array("it", () => {}), "", "it must be an array; got the end at character 0"],
    [(json: JsonReader) => void json.string("it"), " 5", 'it must be a string; got "5" at character 1'],
    [(json: JsonReader) => void json.number("it"), "x", 'it must be a number; got "x" at character 0'],
  ])("another kind is refused", (read, text, message) => {
    expect(() => read(reader(text))).toThrow(message);
  });
});

test("deep nesting is refused, however deep", () => {
  expect(() => skipped(`${"[".repeat(100)}${"]".repeat(100)}`)).not.toThrow();
  for (const open of ["[", '{"a":', '[{"a":']) {
    expect(() => skipped(open.repeat(1_000_000))).toThrow("the value must be nested at most 100 levels deep; got more");
  }
});

test("long numbers and strings need no stack", () => {
  expect(() => skipped("1".repeat(10_000_000))).not.toThrow();
  expect(() => skipped(`"${"a".repeat(10_000_000)}"`)).not.toThrow();
  expect(() => skipped(`"${"\\n".repeat(1_000_000)}"`)).not.toThrow();
});
