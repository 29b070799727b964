/**
 * Asks one of the system's small programs a question (`getent`, `id`, `hostname`, …).
 * Not for commands of operators. Imports nothing.
 * @module
 */

/** How long a program may think: `getent` and `hostname -f` may have to ask the network. */
const ANSWER_MS = 5_000;

/** What a program said before it ended. */
export interface Answer {
  /** Its exit code; 128 + n when signal n ended it, as after the time limit. */
  readonly code: number;
  /** Its standard output. */
  readonly text: string;
  /** Its standard error, without the line end. */
  readonly complaint: string;
}

/**
 * Runs the first of `paths` that is there and that the agent may run, with `args` and an
 * environment of nothing but the C locale, for at most five seconds.
 * @returns its answer, or `undefined` when none of `paths` can be run
 */
export async function askProgram(
  paths: readonly string[],
  args: readonly string[],
): Promise<Answer | undefined> {
  for (const path of paths) {
    if (!mayRun(path)) continue;
    try {
      return await ask(path, args);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** Says whether the agent was permitted to run `path`; it need not exist. Never prompts. */
export function mayRun(path: string): boolean {
  return Deno.permissions.querySync({ name: "run", command: path }).state === "granted";
}

async function ask(path: string, args: readonly string[]): Promise<Answer> {
  const { code, stdout, stderr } = await new Deno.Command(path, {
    args: [...args],
    clearEnv: true,
    env: { LC_ALL: "C" },
    cwd: "/",
    stdin: "null",
    signal: AbortSignal.timeout(ANSWER_MS),
  }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout), complaint: decoder.decode(stderr).trimEnd() };
}
