/**
 * `!COMMAND` in the shell: runs a command on this machine. Only `nanotrigger shell` has the
 * permission to start `/bin/sh`.
 * @module
 */
import { UserError } from "../../base/errors.ts";
import { LOCAL_SHELL } from "../sandbox/permissions.ts";

/** How a command is run. */
export interface LocalCommandOptions {
  /** Whether it reads what is typed. */
  readonly interactive: boolean;
  /** Has it end when aborted. */
  readonly signal: AbortSignal;
}

/**
 * Runs `command` through `/bin/sh` with the streams of this program; resolves with its exit code, which
 * is 128 and the signal's number if a signal ended it.
 * @throws {UserError} if this program may not do so
 */
export async function runLocalCommand(
  command: string,
  { interactive, signal }: LocalCommandOptions,
): Promise<number> {
  const { state } = await Deno.permissions.query({ name: "run", command: LOCAL_SHELL });
  if (state !== "granted") {
    throw new UserError("this program may run no commands on its own machine", {
      hint: `it was built or started without --allow-run=${LOCAL_SHELL}; use another terminal`,
    });
  }
  const stdin = interactive ? "inherit" : "null";
  const child = new Deno.Command(LOCAL_SHELL, {
    args: ["-c", command],
    ...{ stdin, stdout: "inherit", stderr: "inherit" } as const,
    signal,
  }).spawn();
  return (await child.status).code;
}
