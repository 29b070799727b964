/**
 * `!COMMAND` in the shell: runs a command on this machine. Only `nanotrigger shell` has the
 * permission to start `/bin/sh`.
 * @module
 */
import { UserError } from "../../base/errors.ts";
import { LOCAL_SHELL } from "../sandbox/permissions.ts";

/** The settings of a local command. */
export interface LocalCommandOptions {
  /** Whether the command reads from the keyboard. */
  readonly interactive: boolean;
  /** Ends the command when aborted. */
  readonly signal: AbortSignal;
}

/**
 * Runs `command` through `/bin/sh` with the streams of this program; resolves with its exit code.
 * If a signal ended it, the code is 128 plus the signal's number.
 * @throws {UserError} if this program lacks the permission
 */
export async function runLocalCommand(
  command: string,
  { interactive, signal }: LocalCommandOptions,
): Promise<number> {
  const { state } = await Deno.permissions.query({ name: "run", command: LOCAL_SHELL });
  if (state !== "granted") {
    throw new UserError("not permitted to run local commands", {
      hint: `start or build the program with --allow-run=${LOCAL_SHELL}`,
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
