/**
 * Runs one of the system's small tools (`getent`, `id`, `hostname`, ...) and returns its output,
 * with a time limit. Not for commands of operators.
 * @module
 */

/** The time limit of a tool. `getent` and `hostname -f` may use the network. */
const TOOL_TIMEOUT_MS = 5_000;

/** The result of a tool. */
export interface ToolResult {
  /** Its exit code; 128 + n after signal n, as at the time limit. */
  readonly code: number;
  /** Its standard output. */
  readonly text: string;
  /** Its standard error, without the line end. */
  readonly errorText: string;
}

/**
 * Runs the first of `paths` that exists and that the agent may run, with `args`. The environment
 * holds only the C locale. The time limit is five seconds.
 * @returns the result, or `undefined` if none of `paths` can run
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

/** Whether the agent may run `path`, which need not exist. Never prompts. */
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
