/**
 * Runs one of the system's small tools (`getent`, `id`, `hostname`, ...) and returns its answer,
 * with a time limit. Not for commands of operators.
 * @module
 */

/** How long a program may think: `getent` and `hostname -f` may have to ask the network. */
const TOOL_TIMEOUT_MS = 5_000;

/** What a program said before it ended. */
export interface ToolResult {
  /** Its exit code; 128 + n when signal n ended it, as after the time limit. */
  readonly code: number;
  /** Its standard output. */
  readonly text: string;
  /** Its standard error, without the line end. */
  readonly errorText: string;
}

/**
 * Runs the first of `paths` that is there and that the agent may run, with `args` and an
 * environment of nothing but the C locale, for at most five seconds.
 * @returns its answer, or `undefined` when none of `paths` can be run
 */
export async function runTool(
  paths: readonly string[],
  args: readonly string[],
): Promise<ToolResult | undefined> {
  for (const path of paths) {
    if (!mayRun(path)) continue;
    try {
      return await runToolAt(path, args);
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

async function runToolAt(path: string, args: readonly string[]): Promise<ToolResult> {
  const { code, stdout, stderr } = await new Deno.Command(path, {
    args: [...args],
    clearEnv: true,
    env: { LC_ALL: "C" },
    cwd: "/",
    stdin: "null",
    signal: AbortSignal.timeout(TOOL_TIMEOUT_MS),
  }).output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout), errorText: decoder.decode(stderr).trimEnd() };
}
