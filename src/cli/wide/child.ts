import { spawn } from "node:child_process";
import process from "node:process";

const TIME_LIMIT = 30_000; // ms; the test takes one second on a machine that is not busy
const MOST_OUTPUT = 10_000; // characters

/**
 * Runs a module's `selfTest` in a process of its own, where V8 may end the process. Resolves to why the test failed, or "".
 * @param module URL of the module
 * @param limit milliseconds until the process is killed
 */
export function testInChild(module: string, limit = TIME_LIMIT): Promise<string> {
  const program = `const { selfTest } = await import(${JSON.stringify(module)}); console.log(JSON.stringify({ refused: selfTest() }));`;
  // A budget of 1 makes V8 optimize kernels after their first calls.
  const flags = ["--no-warnings", "--wasm-tiering-budget=1", "--input-type=module", "--eval", program];
  // Flags of this process, such as those of a loader for TypeScript; a debugger has one process.
  const inherited = process.execArgv.filter((flag) => !flag.startsWith("--inspect"));
  const child = spawn(process.execPath, [...inherited, ...flags], {
    stdio: ["ignore", "pipe", "ignore"],
    timeout: limit,
    killSignal: "SIGKILL",
    windowsHide: true,
    env: { ...process.env, LANEGRAD_WIDE: "0", LANEGRAD_REPRODUCIBLE: "0", LANEGRAD_DEBUG: "0" },
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (output.length > MOST_OUTPUT) child.kill("SIGKILL");
  });
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(`the self-test did not start: ${error.message}`));
    child.once("close", (code, signal) => {
      const refused = answerIn(output);
      if (code === 0 && refused !== undefined) return resolve(refused);
      const end = signal === null ? `with code ${String(code)}` : `by ${signal}`;
      resolve(`the self-test's process ended ${end}${child.killed ? ` after at most ${limit / 1000} s` : ""}`);
    });
  });
}

/** What the child printed; undefined if that is not an answer. */
function answerIn(output: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(output);
    if (typeof answer !== "object" || answer === null || !("refused" in answer)) return undefined;
    return typeof answer.refused === "string" ? answer.refused : undefined;
  } catch {
    return undefined;
  }
}
