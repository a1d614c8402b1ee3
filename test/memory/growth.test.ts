import { platform } from "#platform";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  abandonScratch,
  addressEpoch,
  allocate,
  kernelMemory,
  memoryUse,
  release,
  scratchFor,
} from "../../src/memory/memory.ts";
import { thrownBy } from "../support.ts";

const PAGE = 65_536;
const inUse = (): number => memoryUse().total - memoryUse().free;

afterEach(() => {
  vi.restoreAllMocks();
});

describe("memory grows", () => {
  test("not for what fits where something was given back", () => {
    const [address] = [allocate(64_000), allocate(64)];
    release(address, 64_000);
    expect(allocate(64_000)).toBe(address);
  });

  test("by no more than is missing, and only the last line is lost", () => {
    const [before, { total }] = [inUse(), memoryUse()];
    const bytes = Math.max(total, 64 * PAGE);
    const address = allocate(bytes);
    const behind = memoryUse().total - (address + bytes);
    expect(behind).toBeGreaterThanOrEqual(64);
    expect(behind).toBeLessThan(64 + PAGE);
    release(address, bytes);
    expect(inUse()).toBe(before);
  });

  test("by a quarter, where less is missing", () => {
    const [before, held] = [inUse(), 4 * memoryUse().free + 64 * PAGE];
    const address = allocate(held); // so that a quarter is more than all that is free
    const { total, free } = memoryUse();
    const bytes = free + PAGE;
    release(allocate(bytes), bytes);
    expect(memoryUse().total).toBe(total + Math.ceil(total / PAGE / 4) * PAGE);
    release(address, held);
    expect(inUse()).toBe(before);
  });

  test("only if the system lets it: else nothing changes", () => {
    const before = memoryUse();
    const grow = vi.spyOn(kernelMemory(), "grow").mockImplementation(() => {
      throw new RangeError("refused");
    });
    const bytes = before.total + 2 ** 20;
    const megabytes = Math.ceil(Number(/\d+(?= MB)/.exec(thrownBy(() => allocate(bytes)))?.[0]));
    expect(thrownBy(() => allocate(bytes))).toMatch(
      /^RangeError: memory: the system must have room for \d+ MB more; got refused \(drop models/,
    );
    expect(megabytes).toBeGreaterThanOrEqual((bytes - before.free) / 2 ** 20);
    expect(megabytes).toBeLessThan((bytes + 2 * PAGE) / 2 ** 20 + 1);
    expect(memoryUse()).toEqual(before);
    grow.mockRestore();
    expect(allocate(bytes)).toBeGreaterThan(0);
  });

  test("no further than 4 GB: garbage is looked for before a request is refused, and for no small one", () => {
    const collect = vi.spyOn(platform, "collect").mockReturnValue();
    const held = allocate(2 * 2 ** 20);
    expect(collect).not.toHaveBeenCalled();
    expect(() => allocate(2 ** 32 - 2 ** 20)).toThrow("memory: kernels reach 4 GB in all");
    expect(collect).toHaveBeenCalledOnce();
    release(held, 2 * 2 ** 20);
  });
});

describe("scratch memory", () => {
  test("stays as it was where more of it is refused", () => {
    scratchFor(1000);
    const before = inUse();
    expect(() => scratchFor(2 ** 33)).toThrow("memory: kernels reach 4 GB in all");
    expect(inUse()).toBe(before);
    expect(scratchFor(1000)).toBeGreaterThanOrEqual(PAGE);
    expect(inUse()).toBe(before);
  });

  test("is one area, which moves when it grows", () => {
    abandonScratch(); // which may be larger
    const [address, epoch] = [scratchFor(1000), addressEpoch()];
    expect([scratchFor(500), scratchFor(1000)]).toEqual([address, address]);
    expect(addressEpoch()).toBe(epoch);
    const before = inUse();
    scratchFor(10_000);
    expect(inUse()).toBe(before - 1024 + 10_048);
    expect(addressEpoch()).toBeGreaterThan(epoch);
  });

  test("that was abandoned is not used again", () => {
    const [address, epoch, before] = [scratchFor(10_000), addressEpoch(), inUse()];
    abandonScratch();
    expect(addressEpoch()).toBeGreaterThan(epoch);
    expect(scratchFor(10_000)).not.toBe(address);
    expect(inUse()).toBe(before + 10_048);
  });
});
