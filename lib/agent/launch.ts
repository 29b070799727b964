/**
 * Turns a command into what is handed to the system: a program, its arguments, its environment and
 * its folder; or says why it cannot be run. Starts nothing of the operator's.
 *
 * What runs is `setpriv OPTIONS -- prlimit OPTIONS -- PROGRAM ARGUMENTS`: each replaces itself by
 * the next, so the process id stays the command's. `setpriv` gives up privileges and has the
 * kernel end the command when the agent dies, `prlimit` sets resource limits. Where one is missing
 * it is left out, except that nothing ever runs as another user without `setpriv`.
 *
 * May import the files about accounts, environment, identity, limits, programs and folders.
 * @module
 */

import { MAX_TIMER_MS } from "../base/clock.ts";
import { utf8 } from "../base/bytes.ts";
import type { Account } from "./accounts.ts";
import { type Command, type ExecFailure, failure, type Invocation, MAX_OUTPUT } from "./command.ts";
import { type Environment, makeEnvironment } from "./environment.ts";
import { type ExecHost, SHELL } from "./exec_host.ts";
import { findIdentity, type Identity } from "./identity.ts";
import { type Limits, prlimitOptions, ROOT_LIMITS, USER_LIMITS } from "./limits.ts";
import { findProgram } from "./program.ts";
import { objectToFolder } from "./working_folder.ts";

/** A command that is ready to be started. */
export interface Launch {
  /** Not an {@linkcode ExecFailure}. */
  readonly kind: "launch";
  /** All words of what is run: the chain in front of the command, then the command. */
  readonly words: readonly string[];
  /** All of its environment. */
  readonly environment: Environment;
  /** The folder to start in. */
  readonly cwd: string;
  /** The program that the command itself comes down to. */
  readonly program: string;
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

/** Bounds of an argument list. The kernel takes no single argument of 128 KiB. */
const MAX_ARGUMENTS = 256;
const MAX_ARGUMENT_BYTES = 128 * 1024;

/**
 * Plans `command` for this host. To look up a user and to look into a working folder costs a small
 * process each; a command that names neither is planned without one.
 */
export async function planLaunch(
  command: Command,
  options: LaunchOptions,
): Promise<Launch | ExecFailure> {
  const { host } = options;
  const argv = argvOf(command);
  const refused = objectionToLimits(command) ?? objectionToArguments(argv);
  if (refused !== undefined) return refused;
  const identity = await findIdentity(command.user, host);
  if (identity.kind === "failed") return identity;
  const { account } = identity;
  const made = makeEnvironment({ ...options, account, extra: command.env ?? {} });
  if (made.kind === "failed") return made;
  const program = await findProgram(argv[0] ?? "");
  if (program.kind === "failed") return program;
  const { cwd = "/", survive = false } = command;
  const unfit = await objectToFolder(cwd, setprivWords(host, identity.options));
  if (unfit !== undefined) return unfit;
  const limits = options.limits ?? defaultLimits(identity, host);
  const words = [
    ...setprivWords(host, [...identity.options, ...(survive ? [] : ["--pdeathsig=KILL"])]),
    ...prlimitWords(host, limits),
    program.path,
    ...argv.slice(1),
  ];
  const { environment } = made;
  return { kind: "launch", words, environment, cwd, program: program.path, account, limits };
}

function argvOf(invocation: Invocation): readonly string[] {
  return invocation.kind === "argv" ? invocation.argv : [SHELL, "-c", invocation.command];
}

function objectionToLimits({ timeoutMs, maxOutput }: Command): ExecFailure | undefined {
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > MAX_TIMER_MS) {
    return failure("bad-limit", `a time limit of ${timeoutMs} ms is not within 1..${MAX_TIMER_MS}`);
  }
  const fits = maxOutput === null ||
    (Number.isInteger(maxOutput) && maxOutput >= 0 && maxOutput <= MAX_OUTPUT);
  if (fits) return undefined;
  return failure(
    "bad-limit",
    `an output limit of ${maxOutput} bytes is not within 0..${MAX_OUTPUT}`,
  );
}

function objectionToArguments(argv: readonly string[]): ExecFailure | undefined {
  if (argv.length === 0) return failure("bad-argv", "there is no program to run");
  if (argv.length > MAX_ARGUMENTS) {
    return failure("bad-argv", `${argv.length} arguments are more than ${MAX_ARGUMENTS}`);
  }
  if (argv.some((argument) => argument.includes("\0"))) {
    return failure("bad-argv", "an argument holds a NUL");
  }
  const bytes = argv.reduce((sum, argument) => sum + utf8(argument).length + 1, 0);
  return bytes > MAX_ARGUMENT_BYTES
    ? failure("bad-argv", `${bytes} bytes of arguments are more than ${MAX_ARGUMENT_BYTES}`)
    : undefined;
}

function defaultLimits({ account }: Identity, host: ExecHost): Limits {
  return (account?.uid ?? host.uid) === 0 ? ROOT_LIMITS : USER_LIMITS;
}

function setprivWords({ setpriv }: ExecHost, options: readonly string[]): readonly string[] {
  return setpriv === undefined || options.length === 0 ? [] : [setpriv, ...options, "--"];
}

function prlimitWords({ prlimit, hardLimits }: ExecHost, limits: Limits): readonly string[] {
  const options = prlimitOptions(limits, hardLimits);
  return prlimit === undefined || options.length === 0 ? [] : [prlimit, ...options, "--"];
}
