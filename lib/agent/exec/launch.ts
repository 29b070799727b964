/**
 * Turns a command into what is handed to the system (program, arguments, environment, working
 * folder) or a reason why it cannot run, and starts it.
 *
 * What runs is `setpriv OPTIONS -- setsid prlimit OPTIONS -- PROGRAM ARGUMENTS`. Each program
 * replaces itself by the next, so the process id stays the command's. `setpriv` makes the kernel
 * end the command when the agent dies, and gives up privileges. `setsid` makes the command lead a
 * process group. `prlimit` sets the rlimits that it would not inherit. A program that is missing or
 * has nothing to do is left out, but nothing ever runs as another user without `setpriv`.
 * @module
 */
import { messageOf } from "../../base/errors.ts";
import { quoteUntrusted } from "../../base/untrusted_text.ts";
import type { Account } from "../os/accounts.ts";
import { type HostTools, SHELL } from "../os/host_tools.ts";
import { prlimitOptions, type Rlimits, ROOT_RLIMITS, USER_RLIMITS } from "../os/rlimits.ts";
import { runTool } from "../os/run_tool.ts";
import { setprivWords } from "../os/setpriv.ts";
import {
  checkCommand,
  type Command,
  type ExecFailure,
  failure,
  type Invocation,
} from "./command.ts";
import { type Environment, makeEnvironment } from "./environment.ts";
import { findProgram, isPlainPath } from "./program.ts";
import { resolveRunAs, type RunAs } from "./run_as.ts";
import { findInterpreter, scriptPath } from "./script.ts";

/** A command that is ready to be started. */
export interface Launch {
  /** Not an {@linkcode ExecFailure}. */
  readonly kind: "launch";
  /** All words of what is run: the chain in front of the command, then the command. */
  readonly words: readonly string[];
  /**
   * Whether Deno has to make it lead a process group, for want of `setsid`. Deno then forks where
   * it would use posix_spawn(3), and stands still while the kernel copies its page tables: some
   * 10 ms for an agent of 100 MB, against 0.3 ms.
   */
  readonly detached: boolean;
  /** All of its environment. */
  readonly environment: Environment;
  /** The folder to start in. */
  readonly cwd: string;
  /** The program that the command itself comes down to. */
  readonly program: string;
  /** The words that give a program the command's user; none for the agent's own. */
  readonly asUser: readonly string[];
  /** Whom it runs as; `undefined` if that is the agent's own user and has no entry. */
  readonly account: Account | undefined;
  /** The resource limits that were asked for. */
  readonly rlimits: Rlimits;
}

/** What a launch depends on besides the command. */
export interface LaunchOptions {
  /** What this host offers. */
  readonly host: HostTools;
  /** The request's id: 1 to 64 letters, digits and `-`. Marks all processes of the command. */
  readonly job: string;
  /** The name that the agent goes by. */
  readonly hostName: string;
  /** Resource limits; unless given, {@linkcode USER_RLIMITS} or {@linkcode ROOT_RLIMITS}. */
  readonly rlimits?: Rlimits;
}

/**
 * Plans `command` for this host. To look up a user and to look into a working folder costs a small
 * process each; a command that names neither is planned without one.
 */
export async function planLaunch(
  command: Command,
  options: LaunchOptions,
): Promise<Launch | ExecFailure> {
  const { host } = options;
  const interpreter = command.kind === "script" ? findInterpreter(command.script) : undefined;
  if (interpreter?.kind === "failed") return interpreter;
  const argv = makeArgv(command, [...interpreter?.words ?? [], scriptPath(options.job)]);
  const problem = checkCommand(command, argv);
  if (problem !== undefined) return problem;
  const runAs = await resolveRunAs(command.user, host);
  if (runAs.kind === "failed") return runAs;
  const { account } = runAs;
  const extra = { ...command.env, ...command.secrets };
  const made = makeEnvironment({ ...options, account, extra });
  if (made.kind === "failed") return made;
  const program = await findProgram(argv[0] ?? "");
  if (program.kind === "failed") return program;
  const { cwd = "/", survive = false } = command;
  const asUser = setprivWords(host, runAs.setprivOptions);
  const folderProblem = await checkWorkingFolder(cwd, asUser);
  if (folderProblem !== undefined) return folderProblem;
  const rlimits = options.rlimits ?? defaultLimits(runAs, host);
  const chain = chainWords(host, { runAs, survive, rlimits });
  return {
    kind: "launch",
    words: [...chain, program.path, ...argv.slice(1)],
    detached: host.setsid === undefined,
    environment: made.environment,
    cwd,
    program: program.path,
    asUser,
    account,
    rlimits,
  };
}

/** All words of the command; `script` are those that run its script, if it has one. */
function makeArgv(invocation: Invocation, script: readonly string[]): readonly string[] {
  switch (invocation.kind) {
    case "argv":
      return invocation.argv;
    case "shell":
      return [SHELL, "-c", invocation.command];
    case "script":
      return [...script, ...invocation.args];
    default:
      return invocation satisfies never;
  }
}

function defaultLimits({ account }: RunAs, host: HostTools): Rlimits {
  return (account?.uid ?? host.uid) === 0 ? ROOT_RLIMITS : USER_RLIMITS;
}

/** What goes in front of a command. */
interface Chain {
  readonly runAs: RunAs;
  readonly survive: boolean;
  readonly rlimits: Rlimits;
}

function chainWords(host: HostTools, { runAs, survive, rlimits }: Chain): readonly string[] {
  const deathSignal = survive ? [] : ["--pdeathsig=KILL"];
  return [
    ...setprivWords(host, [...runAs.setprivOptions, ...deathSignal]),
    ...(host.setsid === undefined ? [] : [host.setsid]),
    ...prlimitWords(host, rlimits),
  ];
}

function prlimitWords({ prlimit, hardLimits }: HostTools, rlimits: Rlimits): readonly string[] {
  const options = prlimitOptions(rlimits, hardLimits);
  return prlimit === undefined || options.length === 0 ? [] : [prlimit, ...options, "--"];
}

/** Goes to the folder and says where that is. */
const RESOLVE_FOLDER = 'cd -P -- "$1" && pwd -P';

/**
 * Says why a command cannot start in `cwd`, or `undefined` when it can. A link anywhere in the
 * path is refused: the folder that was asked for must be the folder that is used.
 *
 * A shell looks, behind `chain`, the words that give it the command's user; so the answer is that
 * user's, and the agent itself needs no permission to read the folder. Costs nothing for `/`.
 */
async function checkWorkingFolder(
  cwd: string,
  chain: readonly string[],
): Promise<ExecFailure | undefined> {
  if (cwd === "/") return undefined;
  if (!isPlainPath(cwd)) {
    return failure("bad-cwd", `${quoteUntrusted(cwd)} is no plain absolute path`);
  }
  const [first = SHELL, ...rest] = [...chain, SHELL, "-c", RESOLVE_FOLDER, "sh", cwd];
  const answer = await runTool([first], rest);
  if (answer === undefined) {
    return failure(
      "bad-cwd",
      `${quoteUntrusted(cwd)} cannot be checked: the agent may not run ${first}`,
    );
  }
  if (answer.code !== 0) {
    return failure(
      "bad-cwd",
      `${quoteUntrusted(cwd)} is no folder that the command's user can enter`,
    );
  }
  const real = answer.text.replace(/\n$/, "");
  return real === cwd ? undefined : failure(
    "bad-cwd",
    `${quoteUntrusted(cwd)} goes through a link: the folder is ${quoteUntrusted(real)}`,
  );
}

/** Starts the program that is the first of `words`, with the others as arguments. */
export function spawn(
  words: readonly string[],
  options: Omit<Deno.CommandOptions, "args" | "clearEnv">,
): Deno.ChildProcess | ExecFailure {
  const [first = "", ...args] = words;
  if (!first.startsWith("/")) {
    // Deno would look for it in the agent's own PATH.
    return failure(
      "not-found",
      `${quoteUntrusted(first)} cannot be looked for here: give its full path`,
    );
  }
  try {
    return new Deno.Command(first, { ...options, args, clearEnv: true }).spawn();
  } catch (error) {
    return describeSpawnError(first, error);
  }
}

/** Says in our words why the system, or Deno's permissions, refused to start a process. */
function describeSpawnError(path: string, error: unknown): ExecFailure {
  if (error instanceof Deno.errors.NotCapable) {
    return failure("not-executable", `the agent may not run ${quoteUntrusted(path)}`);
  }
  const message = messageOf(error);
  if (error instanceof Deno.errors.NotFound) return failure("not-found", message);
  const forbidden = error instanceof Deno.errors.PermissionDenied;
  return failure(forbidden ? "not-executable" : "not-started", message);
}
