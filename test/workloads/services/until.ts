/** Waits for what other threads, timers and files bring about, however slow the machine is. */

/** Resolves once the condition holds; rejects when it does not within `seconds`. */
export async function until(condition: () => boolean | Promise<boolean>, seconds = 50): Promise<void> {
  for (const end = Date.now() + seconds * 1_000; !(await condition()); await new Promise((resolve) => setTimeout(resolve, 5))) {
    if (Date.now() > end) throw new Error(`still not so after ${seconds} s: ${condition}`);
  }
}
