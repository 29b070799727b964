/**
 * Runs Deno or another program to its end.
 * @module
 */

/** The end of a command, and its output. */
export interface Outcome {
  /** Whether it exited with status 0. */
  readonly success: boolean;
  readonly stdout: string;
  /** The output on stderr, without colours. */
  readonly stderr: string;
}

/** The settings of a run. */
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
