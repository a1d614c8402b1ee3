/** A headless Chromium, driven by the DevTools protocol over pipes: https://chromedevtools.github.io/devtools-protocol */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { removeProfile } from "../scripts/hosts/remove-profile.ts";

export const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const FLAGS = [
  "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --remote-debugging-pipe --hide-scrollbars",
  "--disable-background-networking --disable-component-update --disable-sync",
].flatMap((line) => line.split(" "));
const PATIENCE = 60_000; // ms

type Message = Readonly<Record<string, unknown>>;

/** One page of a browser of its own. */
export class Page {
  readonly #profile = mkdtempSync(join(tmpdir(), "lanegrad-chromium-"));
  readonly #browser: ChildProcess;
  readonly #waiting = new Map<number, (answer: Message) => void>();
  /** What the browser tells of its own accord: of the domains that were enabled, as `Log`. */
  readonly events: Message[] = [];
  #sent = 0;
  #session: unknown;

  private constructor() {
    this.#browser = spawn(CHROMIUM ?? "", [...FLAGS, `--user-data-dir=${this.#profile}`, "about:blank"], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    });
    let text = "";
    const answers = this.#browser.stdio[4] as Readable;
    answers.setEncoding("utf8").on("data", (part: string) => {
      const [...messages] = (text + part).split("\0");
      text = messages.pop() ?? "";
      for (const each of messages) {
        const message = JSON.parse(each) as Message;
        if (message["id"] === undefined) this.events.push(message);
        this.#waiting.get(Number(message["id"]))?.(message);
      }
    });
  }

  static async open(): Promise<Page> {
    const page = new Page();
    const { targetInfos } = await page.send("Target.getTargets");
    const [{ targetId }] = (targetInfos as Message[]).filter(({ type }) => type === "page") as [Message];
    const { sessionId } = await page.send("Target.attachToTarget", { targetId, flatten: true });
    page.#session = sessionId;
    return page;
  }

  /** Calls a method of the protocol; its errors and those of the page throw. */
  async send(method: string, params: Message = {}): Promise<Message> {
    const id = ++this.#sent;
    const answer = new Promise<Message>((resolve) => this.#waiting.set(id, resolve));
    const message = { id, method, params, ...(this.#session !== undefined && { sessionId: this.#session }) };
    (this.#browser.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    const { result, error } = await Promise.race([
      answer,
      once(AbortSignal.timeout(PATIENCE), "abort").then(() => ({ error: "timeout", result: {} })),
    ]);
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result as Message;
  }

  /** The value of an expression in the page; it may be a promise. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as Message)["value"];
  }

  /** The screen as PNG. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.send("Page.captureScreenshot");
    return Buffer.from(String(data), "base64");
  }

  async close(): Promise<void> {
    const ended = once(this.#browser, "exit");
    if (this.#browser.kill()) await ended;
    await removeProfile(this.#profile);
  }
}
