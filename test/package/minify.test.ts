import { readFileSync } from "node:fs";
import { minifySync } from "rolldown/utils";
import { describe, expect, test } from "vitest";
import { inLines, minified } from "../../scripts/minify.ts";

describe("lines of the package's code", () => {
  test.each([
    ["let a=1;let b=2;f(a);g(b)", "let a=1\nlet b=2\nf(a)\ng(b)"],
    ["function f(){return;f()}", "function f(){return\nf()}"],
    ["a;(b);[c];+d;/e/;`f`;g", "a;(b);[c];+d;/e/;`f`\ng"],
    ["for(;;);a();if(b);else;c();while(d);e()", "for(;;);a()\nif(b);else;c()\nwhile(d);e()"],
    ['a="b;c";d=`e;f`;g=/h;i/;j', 'a="b;c"\nd=`e;f`\ng=/h;i/\nj'],
    ["switch(a){case 1:b();break;default:c()}", "switch(a){case 1:b()\nbreak;default:c()}"],
    ["class A{a=1;b=2;static{c();d()}}", "class A{a=1;b=2;static{c()\nd()}}"],
  ])("%s", (code, lines) => {
    expect(inLines(code)).toBe(lines);
  });

  test("are short inside long statements too, and mean the same", () => {
    const list = `[${Array.from({ length: 500 }, (_, i) => `"${i},;{"`).join(",")}]`;
    const code = `f(${list},{${Array.from({ length: 100 }, (_, i) => `m${i}(){return ${i}}`).join(",")}})`;
    const lines = inLines(code).split("\n");
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(300);
    expect(lines.join("")).toBe(code);
  });

  test("of the library are the same program as without line breaks", () => {
    const code = readFileSync("build/cjs/core.js", "utf8");
    const printed = (text: string): string => minifySync("code.cjs", text, { compress: false, mangle: false }).code;
    expect(code.split("\n").length).toBeGreaterThan(1000);
    const oneLine = printed(code);
    expect(oneLine.split("\n").length).toBeLessThan(100);
    expect(printed(inLines(oneLine))).toBe(oneLine);
  });

  test("refuse what is no JavaScript", () => {
    expect(() => minified("f(=)", false)).toThrow("minify: ");
  });
});
