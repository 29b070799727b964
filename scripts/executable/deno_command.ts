/**
 * Runs a subcommand of this Deno to its end.
 * @module
 */

/** How a command ended and what it printed. */
export interface Outcome {
  /** Whether it ended by itself with status 0. */
  readonly success: boolean;
  readonly stdout: string;
  /** What it printed to stderr, without colours. */
  readonly stderr: string;
}

/** Where and how to run. */
export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of this process, or all of it with `clearEnv`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly clearEnv?: boolean;
  readonly signal?: AbortSignal;
}

/** Runs `deno ARGS…`. */
export function runDeno(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return run(Deno.execPath(), args, options);
}

/**
 * Runs any program with nothing on its stdin; an abort ends it with SIGTERM.
 * @throws {Deno.errors.NotFound} if there is no such program
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const command = new Deno.Command(program, {
    ...options,
    args: [...args],
    env: { ...options.env, NO_COLOR: "1" },
    stdin: "null",
  });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
