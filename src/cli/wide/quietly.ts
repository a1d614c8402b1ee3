import process from "node:process";

/** Runs a function whose warnings are not printed. */
export async function quietly(run: () => void): Promise<void> {
  const printers = process.listeners("warning");
  process.removeAllListeners("warning");
  try {
    run();
    // Warnings are delivered in the next turn.
    await new Promise((resolve) => void setImmediate(resolve));
  } finally {
    for (const printer of printers) process.on("warning", printer);
  }
}
