/**
 * Turns a command into what is handed to the system: a program, its arguments, its environment and
 * its folder; or says why it cannot be run. Starts nothing of the operator's.
 *
 * What runs is `setpriv OPTIONS -- setsid prlimit OPTIONS -- PROGRAM ARGUMENTS`: each replaces
 * itself by the next, so the process id stays the command's. `setpriv` has the kernel end the
 * command when the agent dies and gives up privileges, `setsid` makes it lead a process group,
 * `prlimit` sets the resource limits that it would not inherit. Where one is missing, or has nothing to
 * do, it is left out, except that nothing ever runs as another user without `setpriv`.
 *
 * May import the files about bounds, environment, identity, limits, programs, scripts and
 * folders.
 * @module
 */

import type { Account } from "./accounts.ts";
import type { Command, ExecFailure, Invocation } from "./command.ts";
import { objectToCommand } from "./command_bounds.ts";
import { type Environment, makeEnvironment } from "./environment.ts";
import { type ExecHost, SHELL } from "./exec_host.ts";
import { findIdentity, type Identity } from "./identity.ts";
import { type Limits, prlimitOptions, ROOT_LIMITS, USER_LIMITS } from "./limits.ts";
import { findProgram } from "./program.ts";
import { scriptPath } from "./script_file.ts";
import { interpreterOf } from "./script_interpreter.ts";
import { objectToFolder } from "./working_folder.ts";

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
  readonly limits: Limits;
}

/** What a launch depends on besides the command. */
export interface LaunchOptions {
  /** What this host offers. */
  readonly host: ExecHost;
  /** The request's id: 1 to 64 letters, digits and `-`. Marks all processes of the command. */
  readonly job: string;
  /** The name that the agent goes by. */
  readonly node: string;
  /** Resource limits; unless given, {@linkcode USER_LIMITS} or {@linkcode ROOT_LIMITS}. */
  readonly limits?: Limits;
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
  const interpreter = command.kind === "script" ? interpreterOf(command.script) : undefined;
  if (interpreter?.kind === "failed") return interpreter;
  const argv = argvOf(command, [...interpreter?.words ?? [], scriptPath(options.job)]);
  const refused = objectToCommand(command, argv);
  if (refused !== undefined) return refused;
  const identity = await findIdentity(command.user, host);
  if (identity.kind === "failed") return identity;
  const { account } = identity;
  const extra = { ...command.env, ...command.secrets };
  const made = makeEnvironment({ ...options, account, extra });
  if (made.kind === "failed") return made;
  const program = await findProgram(argv[0] ?? "");
  if (program.kind === "failed") return program;
  const { cwd = "/", survive = false } = command;
  const asUser = setprivWords(host, identity.options);
  const unfit = await objectToFolder(cwd, asUser);
  if (unfit !== undefined) return unfit;
  const limits = options.limits ?? defaultLimits(identity, host);
  const chain = chainWords(host, { identity, survive, limits });
  return {
    kind: "launch",
    words: [...chain, program.path, ...argv.slice(1)],
    detached: host.setsid === undefined,
    environment: made.environment,
    cwd,
    program: program.path,
    asUser,
    account,
    limits,
  };
}

/** All words of the command; `script` are those that run its script, if it has one. */
function argvOf(invocation: Invocation, script: readonly string[]): readonly string[] {
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

function defaultLimits({ account }: Identity, host: ExecHost): Limits {
  return (account?.uid ?? host.uid) === 0 ? ROOT_LIMITS : USER_LIMITS;
}

/** What goes in front of a command. */
interface Chain {
  readonly identity: Identity;
  readonly survive: boolean;
  readonly limits: Limits;
}

function chainWords(host: ExecHost, { identity, survive, limits }: Chain): readonly string[] {
  const deathSignal = survive ? [] : ["--pdeathsig=KILL"];
  return [
    ...setprivWords(host, [...identity.options, ...deathSignal]),
    ...(host.setsid === undefined ? [] : [host.setsid]),
    ...prlimitWords(host, limits),
  ];
}

/** The words in front of a program by which `setpriv` does what `options` say. */
export function setprivWords({ setpriv }: ExecHost, options: readonly string[]): readonly string[] {
  return setpriv === undefined || options.length === 0 ? [] : [setpriv, ...options, "--"];
}

function prlimitWords({ prlimit, hardLimits }: ExecHost, limits: Limits): readonly string[] {
  const options = prlimitOptions(limits, hardLimits);
  return prlimit === undefined || options.length === 0 ? [] : [prlimit, ...options, "--"];
}
