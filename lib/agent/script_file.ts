/**
 * The private file of a script that came with a request, for as long as its command runs.
 *
 * A shell makes it, as the command's user, in a folder of its own below `/tmp`: the agent's state
 * folder is closed to other users, and the agent itself may write nowhere else. Only that user can
 * look into the folder. What a crash leaves is removed when the agent starts again, by the note
 * that was made before.
 *
 * Needs `--allow-run` for the shell, and for `setpriv` where the user is another. May import
 * `command.ts` and `exec_host.ts`.
 * @module
 */

import { mayRun } from "./ask_program.ts";
import { type ExecFailure, failure } from "./command.ts";
import { SHELL } from "./exec_host.ts";

/** Remembers which scripts are in files, beyond the end of the process. */
export interface ScriptNotes {
  /** The script of `job` is about to be put into a file of `user`, or of the agent's own user. */
  add(job: string, user: string | undefined): void;
  /** It is gone. */
  remove(job: string): void;
}

/** Whose a script is, and who is to know. */
export interface ScriptOwner {
  /** The id of the request. */
  readonly job: string;
  /** The name of the command's user, if it is not the agent's own. */
  readonly user: string | undefined;
  /** The words that give a program that user. */
  readonly asUser: readonly string[];
  /** Where it is noted; nowhere if the agent keeps no state. */
  readonly notes: ScriptNotes | undefined;
}

/** A script in a file. Disposing it, once or more often, removes the file. */
export interface PlacedScript extends AsyncDisposable {
  /** Not an {@linkcode ExecFailure}. */
  readonly kind: "placed";
}

/** How long it may take to write a file or to remove one, in milliseconds. */
const FILE_MS = 10_000;

/** To make the folder fails if there is one, whoever may have put it there; then it is not ours. */
const MAKE = 'umask 077 && mkdir -- "$1"';
const FILL = 'umask 077 && cat > "$1/script" && chmod 700 "$1/script"';
const REMOVE = 'rm -rf -- "$1"';

/** Where the script of `job` is while its command runs. */
export function scriptPath(job: string): string {
  return `${folderOf(job)}/script`;
}

/** Puts `script` into its file. */
export async function placeScript(
  script: Uint8Array,
  owner: ScriptOwner,
): Promise<PlacedScript | ExecFailure> {
  if (!mayRun(SHELL)) {
    return failure("bad-script", `the agent may not run ${SHELL}, which puts scripts into files`);
  }
  const unmade = noteDown(owner) ?? await runShell(MAKE, owner);
  if (unmade !== undefined) {
    owner.notes?.remove(owner.job);
    return unplaced(unmade);
  }
  const unfilled = await runShell(FILL, owner, script);
  if (unfilled !== undefined) {
    await removeScript(owner);
    return unplaced(unfilled);
  }
  let removed: Promise<void> | undefined;
  return {
    kind: "placed",
    [Symbol.asyncDispose]: () => removed ??= removeScript(owner),
  };
}

/** Removes a script's file; should that fail, its note stays for the next start. Never rejects. */
export async function removeScript(owner: ScriptOwner): Promise<void> {
  if (await runShell(REMOVE, owner) === undefined) owner.notes?.remove(owner.job);
}

/** What is not noted would be forgotten after a crash, so it is not made. */
function noteDown({ job, user, notes }: ScriptOwner): string | undefined {
  try {
    notes?.add(job, user);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function unplaced(complaint: string): ExecFailure {
  return failure("bad-script", `the script cannot be put into a file: ${complaint}`);
}

function folderOf(job: string): string {
  return `/tmp/nanoexec-${job}`;
}

/** Runs a line of shell on the script's folder as its user; says what went wrong, if anything did. */
async function runShell(
  line: string,
  { job, asUser }: ScriptOwner,
  input: Uint8Array = new Uint8Array(),
): Promise<string | undefined> {
  const [first = SHELL, ...args] = [...asUser, SHELL, "-c", line, "sh", folderOf(job)];
  try {
    const child = new Deno.Command(first, {
      args,
      clearEnv: true,
      env: { LC_ALL: "C", PATH: "/usr/bin:/bin" },
      cwd: "/",
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
      signal: AbortSignal.timeout(FILE_MS),
    }).spawn();
    const [whole, { code, stderr }] = await Promise.all([feed(child, input), child.output()]);
    if (code === 0) return whole ? undefined : "it was not read to its end";
    return new TextDecoder().decode(stderr).trim() || `${SHELL} ended with ${code}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Writes `input` to `child`; false if it did not want all of it. */
async function feed(child: Deno.ChildProcess, input: Uint8Array): Promise<boolean> {
  const writer = child.stdin.getWriter();
  try {
    if (input.length > 0) await writer.write(input);
    await writer.close();
    return true;
  } catch {
    return input.length === 0;
  }
}
