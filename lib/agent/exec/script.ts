/**
 * Finds the interpreter of a script, and stores the script in a private file while its command
 * runs.
 *
 * The interpreter is found by the kernel's own rules for the first line (execve(2)). The agent
 * starts it itself, so that the file can lie on a file system without execution (noexec).
 *
 * A shell creates the file as the command's user, in a new folder below `/tmp` that only this user
 * can open. The agent's state folder is closed to other users, and the agent may write nowhere
 * else. A record on disk, one small file per script, is made before. With it the next start removes
 * a file that a crash left. Needs `--allow-run` for the shell, and for `setpriv` if the user is
 * another.
 * @module
 */
import { messageOf } from "../../base/errors.ts";
import { quoteUntrusted } from "../../base/untrusted_text.ts";
import { type HostTools, SHELL } from "../os/host_tools.ts";
import { mayRun } from "../os/run_tool.ts";
import { setprivWords } from "../os/accounts.ts";
import { type ExecFailure, failure } from "./command.ts";
import { resolveRunAs } from "./run_as.ts";

/** The words in front of a script's path. */
export interface Interpreter {
  readonly kind: "interpreter";
  /** The interpreter's absolute path, and at most one argument. */
  readonly words: readonly string[];
}

/** The longest first line that Linux reads, in bytes. */
const MAX_LINE_BYTES = 255;

const LINE_END = 0x0a;

/**
 * Finds the interpreter of `script`: the program after `#!` in its first line, with the rest of the
 * line as one argument. Without `#!` it is the shell, as in a shell.
 */
export function findInterpreter(script: Uint8Array): Interpreter | ExecFailure {
  const start = String.fromCharCode(...script.subarray(0, MAX_LINE_BYTES + 1));
  if (start.startsWith("\x7fELF")) {
    return failure("bad-script", "the file is a binary, not a script");
  }
  if (!start.startsWith("#!")) return { kind: "interpreter", words: [SHELL] };
  const end = script.indexOf(LINE_END);
  const length = end < 0 ? script.length : end;
  if (length > MAX_LINE_BYTES) {
    return failure("bad-script", `first line of the script is longer than ${MAX_LINE_BYTES} bytes`);
  }
  const line = new TextDecoder().decode(script.subarray(2, length));
  if (line.endsWith("\r")) {
    return failure("bad-script", "lines of the script end in CR LF: convert them to LF");
  }
  const [, path = "", argument = ""] = /^[ \t]*([^ \t]*)[ \t]*(.*?)[ \t]*$/s.exec(line) ?? [];
  if (!path.startsWith("/")) {
    return failure(
      "bad-script",
      `interpreter of the script is not an absolute path: ${quoteUntrusted(path)}`,
    );
  }
  return { kind: "interpreter", words: argument === "" ? [path] : [path, argument] };
}

/** Records which scripts are in files, for the agent's next process. */
export interface ScriptRecords {
  /**
   * Records that the script of `job` is about to be stored as `user`, or as the agent's own user.
   */
  add(job: string, user: string | undefined): void;
  /** Records that the script was removed. */
  remove(job: string): void;
}

/** The owner of a script. */
export interface ScriptOwner {
  /** The request id. */
  readonly job: string;
  /** The name of the command's user, if it is not the agent's own. */
  readonly user: string | undefined;
  /** The words that change to that user. */
  readonly asUser: readonly string[];
  /** The records; `undefined` if the agent keeps no state. */
  readonly records: ScriptRecords | undefined;
}

/** A script in a file. Disposing it, even repeatedly, removes the file. */
export interface PlacedScript extends AsyncDisposable {
  readonly kind: "placed";
}

/** The time limit for writing or removing a file, in milliseconds. */
const FILE_MS = 10_000;

/** Creates the folder. Fails if it exists, because another user may have created it. */
const MAKE = 'umask 077 && mkdir -- "$1"';
const FILL = 'umask 077 && cat > "$1/script" && chmod 700 "$1/script"';
/**
 * Removes the folder, unless another user owns it. `/tmp` is sticky, so our own folder stays in it.
 * A folder of another user, created after a cleanup of `/tmp`, could lead `rm` elsewhere.
 */
const REMOVE = '[ -h "$1" ] || [ ! -O "$1" ] || rm -rf -- "$1"';

/** Returns the path of the script of `job`. */
export function scriptPath(job: string): string {
  return `${scriptFolder(job)}/script`;
}

/** Stores `script` in its file. */
export async function placeScript(
  script: Uint8Array,
  owner: ScriptOwner,
): Promise<PlacedScript | ExecFailure> {
  if (!mayRun(SHELL)) {
    return failure("bad-script", `cannot store the script: the agent may not run ${SHELL}`);
  }
  const unmade = recordScript(owner) ?? await runShellAsUser(MAKE, owner);
  if (unmade !== undefined) {
    owner.records?.remove(owner.job);
    return placeFailure(unmade);
  }
  const unfilled = await runShellAsUser(FILL, owner, script);
  if (unfilled !== undefined) {
    await removeScript(owner);
    return placeFailure(unfilled);
  }
  let removed: Promise<void> | undefined;
  return {
    kind: "placed",
    [Symbol.asyncDispose]: () => removed ??= removeScript(owner),
  };
}

/**
 * Removes the file of a script. If that fails, its record stays for the next start. Never rejects.
 */
async function removeScript(owner: ScriptOwner): Promise<void> {
  if (await runShellAsUser(REMOVE, owner) === undefined) owner.records?.remove(owner.job);
}

/** Records the script; returns an error. Without a record the file would stay after a crash. */
function recordScript({ job, user, records }: ScriptOwner): string | undefined {
  try {
    records?.add(job, user);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function placeFailure(complaint: string): ExecFailure {
  return failure("bad-script", `cannot store the script: ${complaint}`);
}

function scriptFolder(job: string): string {
  return `/tmp/nanoexec-${job}`;
}

/** Runs a shell command on the script's folder as its user; returns an error. */
async function runShellAsUser(
  line: string,
  { job, asUser }: ScriptOwner,
  input: Uint8Array = new Uint8Array(),
): Promise<string | undefined> {
  const [first = SHELL, ...args] = [...asUser, SHELL, "-c", line, "sh", scriptFolder(job)];
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
    const [whole, { code, stderr }] = await Promise.all([writeStdin(child, input), child.output()]);
    if (code === 0) return whole ? undefined : "the shell did not read all of it";
    return new TextDecoder().decode(stderr).trim() || `${SHELL} exited with status ${code}`;
  } catch (error) {
    return messageOf(error);
  }
}

/** Writes `input` to `child`; false if it did not read all of it. */
async function writeStdin(child: Deno.ChildProcess, input: Uint8Array): Promise<boolean> {
  const writer = child.stdin.getWriter();
  try {
    if (input.length > 0) await writer.write(input);
    await writer.close();
    return true;
  } catch {
    return input.length === 0;
  }
}

/** Records which scripts are in files: one small file per script in one folder of the agent. */
export class ScriptStore implements ScriptRecords {
  readonly #path: string;

  /** Opens the folder at `path`, creating it if it is missing. */
  constructor(path: string) {
    this.#path = path;
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  /** Adds a record, which is on disk on return. */
  add(job: string, user: string | undefined): void {
    using file = Deno.openSync(this.#of(job), { createNew: true, write: true, mode: 0o600 });
    file.writeSync(new TextEncoder().encode(user ?? ""));
    file.syncSync();
  }

  /** Removes a record, if there is one. */
  remove(job: string): void {
    try {
      Deno.removeSync(this.#of(job));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Removes the scripts of an earlier process, except those of `kept` requests. */
  async clear(host: HostTools, kept: ReadonlySet<string> = new Set()): Promise<void> {
    for (const { name: job } of [...Deno.readDirSync(this.#path)]) {
      if (!kept.has(job)) await this.clearOne(job, host);
    }
  }

  /** Removes the script of `job`, if it has a record. */
  async clearOne(job: string, host: HostTools): Promise<void> {
    const recorded = this.#read(job);
    if (recorded === undefined) return;
    const user = recorded || undefined;
    const runAs = await resolveRunAs(user, host);
    // Files of a deleted user cannot be removed as that user; cleaning `/tmp` removes them.
    if (runAs.kind === "failed") return this.remove(job);
    const asUser = setprivWords(host, runAs.setprivOptions);
    await removeScript({ job, user, asUser, records: this });
  }

  #read(job: string): string | undefined {
    try {
      return Deno.readTextFileSync(this.#of(job));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  #of(job: string): string {
    return `${this.#path}/${job}`;
  }
}
