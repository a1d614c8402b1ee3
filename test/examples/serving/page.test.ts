import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildContext } from "esbuild";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { QUICK, run as writeModel } from "../../../examples/serving/digits.ts";
import { run as build } from "../../../examples/serving/page/build.ts";
import { type Stroke, imageOf } from "../../../examples/serving/page/ink.ts";
import { CHROMIUM, Page } from "../../chromium.ts";
import { copyOfServing, modelOf } from "./copy.ts";
import { DRAWN } from "./drawn.ts";

const SKIPPED = CHROMIUM === undefined ? ", skipped: it is not installed (apt-get install chromium)" : "";
const folder = copyOfServing("page");
const site = join(folder, "site");

describe.skipIf(CHROMIUM === undefined)(`the page of digits in headless Chromium${SKIPPED}`, () => {
  let script: BuildContext;
  let page: Page;
  let predict: (input: Float32Array) => Float32Array;

  beforeAll(async () => {
    await writeModel({ ...QUICK, digits: 12_000 }, modelOf(folder));
    const node = pathToFileURL(join(modelOf(folder), "digits.node.mjs")).href;
    ({ predict } = (await import(node)) as { predict: typeof predict });
    script = await build(folder, site);
    const { port } = await script.serve({ servedir: site, host: "127.0.0.1" });
    page = await Page.open();
    await page.send("Page.navigate", { url: `http://127.0.0.1:${port}/` });
    await vi.waitUntil(async () => (await shares()).length === 10, { timeout: 30_000, interval: 50 });
  });

  afterAll(async () => {
    await page.close();
    await script.dispose();
  });

  /** The ten probabilities as the bars show them. */
  async function shares(): Promise<number[]> {
    const rows = `[...document.querySelectorAll("#bars li")]`;
    return (await page.evaluate(`${rows}.map((row) => Number(row.style.getPropertyValue("--share")))`)) as number[];
  }

  async function textOf(selector: string): Promise<string> {
    return String(await page.evaluate(`document.querySelector("${selector}").textContent`));
  }

  /** Places on the paper as places in the window. */
  async function placed(strokes: readonly Stroke[]): Promise<{ readonly x: number; readonly y: number }[][]> {
    const box = `document.querySelector("#paper").getBoundingClientRect()`;
    const [left, top, side] = (await page.evaluate(
      `(({ left, top, width }) => [left, top, width])(${box})`,
    )) as number[];
    const at = (from = 0, share = 0): number => from + share * (side ?? 0);
    return strokes.map((stroke) => stroke.map(([x, y]) => ({ x: at(left, x), y: at(top, y) })));
  }

  async function drawByMouse(strokes: readonly Stroke[]): Promise<void> {
    const mouse = (type: string, place: object | undefined): Promise<unknown> =>
      page.send("Input.dispatchMouseEvent", { type, button: "left", buttons: 1, clickCount: 1, ...place });
    for (const places of await placed(strokes)) {
      await mouse("mousePressed", places[0]);
      for (const place of places.slice(1)) await mouse("mouseMoved", place);
      await mouse("mouseReleased", places.at(-1));
    }
  }

  async function drawByFinger(strokes: readonly Stroke[]): Promise<void> {
    const touch = (type: string, touchPoints: readonly object[]): Promise<unknown> =>
      page.send("Input.dispatchTouchEvent", { type, touchPoints });
    for (const [first, ...rest] of await placed(strokes)) {
      await touch("touchStart", [first ?? {}]);
      for (const place of rest) await touch("touchMove", [place]);
      await touch("touchEnd", []);
    }
  }

  async function press(key: string, times = 1): Promise<void> {
    const text = key === " " ? { text: " " } : {};
    for (let i = 0; i < times; i++) {
      await page.send("Input.dispatchKeyEvent", { type: "keyDown", key, ...text });
      await page.send("Input.dispatchKeyEvent", { type: "keyUp", key });
    }
  }

  async function click(selector: string): Promise<void> {
    await page.evaluate(`document.querySelector("${selector}").click()`);
  }

  async function expectShown(strokes: readonly Stroke[]): Promise<void> {
    const expected = predict(imageOf(strokes));
    // Chromium rounds the places of pointers to a fraction of a pixel.
    (await shares()).forEach((share, digit) => expect(Math.abs(share - (expected[digit] ?? NaN))).toBeLessThan(0.02));
  }

  test("reads digits drawn with the mouse", async () => {
    const right: string[] = [];
    for (const [digit, strokes] of Object.entries(DRAWN)) {
      await drawByMouse(strokes);
      await expectShown(strokes);
      if ((await textOf("#answer")).startsWith(`Read as ${digit}`)) right.push(digit);
      await click("#clear");
      expect(await shares()).toEqual(Array(10).fill(0));
    }
    expect(right.length).toBeGreaterThanOrEqual(8);
  });

  test("reads digits drawn with a finger", async () => {
    await page.send("Emulation.setTouchEmulationEnabled", { enabled: true });
    await drawByFinger(DRAWN["4"]);
    await expectShown(DRAWN["4"]);
    await page.send("Emulation.setTouchEmulationEnabled", { enabled: false });
    expect(await textOf("#answer")).toMatch(/^Read as \d/);
    await click("#undo"); // the second of two strokes
    await expectShown(DRAWN["4"].slice(0, 1));
    await click("#undo");
    expect(await textOf("#answer")).toBe("Waiting for a digit");
  });

  test("reads digits drawn with the keyboard", async () => {
    await page.evaluate(`document.querySelector("#paper").focus()`);
    await press("ArrowUp", 12);
    await press(" ");
    await press("ArrowDown", 24);
    await press(" ");
    await press("ArrowRight", 5);
    await expectShown([
      [
        [0.5, 0.2],
        [0.5, 0.8],
      ],
    ]);
    expect(await textOf("#answer")).toMatch(/^Read as 1/);
    await press("Backspace");
    expect(await textOf("#answer")).toBe("Waiting for a digit");
    await press("Escape");
  });

  test.each([
    ["light", 900, 720],
    ["dark", 900, 720],
    ["light", 390, 844],
  ] as const)("fits on a %s screen of %i x %i", async (scheme, width, height) => {
    await page.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: width < 500 });
    await page.send("Emulation.setEmulatedMedia", {
      features: [
        { name: "prefers-color-scheme", value: scheme },
        { name: "prefers-reduced-motion", value: "reduce" },
      ],
    });
    await drawByMouse(DRAWN["3"]);
    const [overflow, lastBar, paper] = (await page.evaluate(`[
      document.documentElement.scrollWidth - innerWidth,
      document.querySelector("#bars li:last-child").getBoundingClientRect().bottom,
      getComputedStyle(document.querySelector("#paper")).backgroundColor,
    ]`)) as [number, number, string];
    expect(overflow).toBeLessThanOrEqual(0);
    expect(lastBar).toBeLessThan(height); // all bars are seen while one draws
    expect(paper).toBe(scheme === "light" ? "rgb(255, 255, 255)" : "rgb(30, 33, 39)");
    writeFileSync(join(site, `${scheme}-${width}.png`), await page.screenshot());
    await click("#clear");
  });
});
