import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { platform } from "../../src/platform/node.ts";
import type { Terminal } from "../../src/platform/platform.ts";
import { type Screen, onScreen } from "../screen.ts";

const { stdout, stderr } = process;
const streams = [stdout, stderr].map((stream) => ({ stream, isTTY: stream.isTTY, columns: stream.columns }));
let screen: Screen;
let terminal: Terminal;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
  begin(40);
});

afterEach(() => {
  terminal.live("");
  vi.useRealTimers();
  vi.restoreAllMocks();
  for (const { stream, ...former } of streams) Object.assign(stream, former);
});

function begin(columns: number): void {
  vi.restoreAllMocks();
  screen = onScreen(columns);
  const found = platform.terminal();
  if (!found) throw new Error("a terminal was expected");
  terminal = found;
}

describe("the live line", () => {
  test("is replaced by the next, stays below what others print, and leaves nothing behind", () => {
    const writes = [stdout.write, stderr.write]; // eslint-disable-line typescript/unbound-method
    terminal.live("loss 10.25");
    terminal.live("loss 9.5");
    expect(screen.lines).toEqual(["loss 9.5"]);
    stdout.write("one\n");
    stderr.write("two\nthree\n");
    stdout.write(new TextEncoder().encode("four\n"));
    stdout.write("");
    stdout.write("\u001b[33mfive\u001b[39m\n\u001b[0m");
    expect(screen.lines).toEqual(["one", "two", "three", "four", "five", "loss 9.5"]);
    platform.print("epoch 1");
    expect(screen.lines.slice(5)).toEqual(["epoch 1", "loss 9.5"]);
    terminal.live("");
    expect(screen.lines.slice(5)).toEqual(["epoch 1"]);
    expect([stdout.write, stderr.write]).toEqual(writes); // eslint-disable-line typescript/unbound-method
  });

  test("waits while a line of others is unfinished", () => {
    terminal.live("loss 1");
    stdout.write("reading");
    terminal.live("loss 2");
    stderr.write(".");
    stdout.write("\u001b[0m");
    terminal.live("loss 3");
    expect(screen.lines).toEqual(["reading."]);
    stdout.write(" done\n");
    expect(screen.lines).toEqual(["reading. done", "loss 3"]);
    stdout.write("50 %\r");
    stdout.write("99 %");
    terminal.live("loss 4");
    expect(screen.lines).toEqual(["reading. done", "99 %"]);
    platform.print("epoch 1");
    expect(screen.lines).toEqual(["reading. done", "99 %", "epoch 1", "loss 4"]);
    stdout.write("left open");
    terminal.live("");
    expect(screen.lines.slice(3)).toEqual(["left open"]);
  });

  test.each([0, 1, 3, 4, 20])("is cut to windows of %d columns", (columns) => {
    begin(columns);
    terminal.live("x".repeat(200));
    terminal.live("y".repeat(200));
    const room = columns === 0 ? 77 : Math.max(columns - 3, 0);
    expect(terminal.columns).toBe(room);
    expect(screen.text).toBe("y".repeat(room));
  });

  test("counts two columns for wide characters", () => {
    terminal.live("\u640d".repeat(30));
    expect(screen.text).toBe("\u640d".repeat(18));
    terminal.live("\u2588".repeat(60));
    expect(screen.text).toBe("\u2588".repeat(37));
  });

  test("leaves at most one rest behind when the window becomes narrower bit by bit", () => {
    terminal.live("a".repeat(37));
    for (let columns = 30; columns > 10; columns -= 2) {
      vi.advanceTimersByTime(50);
      screen.narrow(columns);
      stdout.columns = columns;
      terminal.live("b".repeat(37));
    }
    expect(screen.lines).toEqual(["a".repeat(30)]);
    vi.advanceTimersByTime(300);
    terminal.live("b".repeat(37));
    expect(screen.lines).toEqual(["a".repeat(30), "b".repeat(9)]);
    screen.columns = 20; // wider again
    stdout.columns = 20;
    terminal.live("c".repeat(37));
    expect(screen.lines).toEqual(["a".repeat(30), "c".repeat(17)]);
  });

  test("of two terminals is that of the first, until it is removed", () => {
    const second = platform.terminal();
    terminal.live("first");
    second?.live("second");
    second?.live("");
    expect(screen.lines).toEqual(["first"]);
    terminal.live("");
    second?.live("second");
    expect(screen.lines).toEqual(["second"]);
    second?.live("");
    expect(screen.text).toBe("");
  });

  test("is erased before the process ends with it", () => {
    const others = process.listenerCount("exit");
    terminal.live("loss 1");
    const [own] = process.listeners("exit").slice(others);
    own?.call(process, 1);
    expect(screen.text).toBe("");
    expect(process.listenerCount("exit")).toBe(others);
  });

  test("stands aside when other code brings back a write that it replaced", () => {
    terminal.live("loss 1");
    const above = stdout.write; // eslint-disable-line typescript/unbound-method
    terminal.live("");
    stdout.write = above;
    terminal.live("loss 2");
    stdout.write("one\n");
    expect(screen.lines).toEqual(["one", "loss 2"]);
  });
});
