/**
 * Plans how the system starts a command (program, arguments, environment, working folder), or
 * returns why it cannot run, and starts it.
 *
 * The full chain is `setpriv OPTIONS -- setsid prlimit OPTIONS -- PROGRAM ARGUMENTS`. Each program
 * replaces itself by the next, so the process id stays the same. `setpriv` makes the kernel end the
 * command when the agent dies, and drops privileges. `setsid` makes the command lead a process
 * group. `prlimit` sets the rlimits that it would not inherit. A program that is missing or has
 * nothing to do is left out. Nothing ever runs as another user without `setpriv`.
 * @module
 */
import { messageOf } from "../../base/errors.ts";
import { quoteUntrusted } from "../../base/untrusted_text.ts";
import { type Account, setprivWords } from "../os/accounts.ts";
import { type HostTools, SHELL } from "../os/host_tools.ts";
import { prlimitOptions, type Rlimits, ROOT_RLIMITS, USER_RLIMITS } from "../os/rlimits.ts";
import { runTool } from "../os/run_tool.ts";
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

/** A command that is ready to start. */
export interface Launch {
  readonly kind: "launch";
  /** All words: the chain in front of the command, then the command. */
  readonly words: readonly string[];
  /**
   * Whether Deno must make the command lead a process group, because `setsid` is missing. Deno then
   * forks instead of using posix_spawn(3). It blocks while the kernel copies its page tables: some
   * 10 ms for an agent of 100 MB, against 0.3 ms.
   */
  readonly detached: boolean;
  /** The complete environment. */
  readonly environment: Environment;
  /** The working folder. */
  readonly cwd: string;
  /** The program that the command runs. */
  readonly program: string;
  /** The words that change to the command's user; empty for the agent's own user. */
  readonly asUser: readonly string[];
  /** The command's user; `undefined` for the agent's own user without an entry. */
  readonly account: Account | undefined;
  /** The resource limits. */
  readonly rlimits: Rlimits;
}

/** Options for planning a launch. */
export interface LaunchOptions {
  /** The tools of this host. */
  readonly host: HostTools;
  /** The request id: 1 to 64 letters, digits and `-`. Marks all processes of the command. */
  readonly job: string;
  /** The agent's name. */
  readonly hostName: string;
  /** Resource limits; by default {@linkcode USER_RLIMITS} or {@linkcode ROOT_RLIMITS}. */
  readonly rlimits?: Rlimits;
}

/**
 * Plans `command` for this host. Looking up a user or a working folder costs a small process each.
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

/** Returns the words of the command; `script` are those that run its script, if it has one. */
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

/** The words in front of a command. */
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

/** Changes to the folder and prints its physical path. */
const RESOLVE_FOLDER = 'cd -P -- "$1" && pwd -P';

/**
 * Returns why a command cannot start in `cwd`; `undefined` if it can. A link anywhere in the path
 * is refused, because the requested folder must be the one that is used.
 *
 * A shell behind `chain`, the words that change to the command's user, checks the folder. So the
 * answer holds for that user, and the agent needs no permission to read the folder. For `/` there
 * is nothing to check.
 */
async function checkWorkingFolder(
  cwd: string,
  chain: readonly string[],
): Promise<ExecFailure | undefined> {
  if (cwd === "/") return undefined;
  if (!isPlainPath(cwd)) {
    return failure(
      "bad-cwd",
      `working folder is not a plain absolute path: ${quoteUntrusted(cwd)}`,
    );
  }
  const [first = SHELL, ...rest] = [...chain, SHELL, "-c", RESOLVE_FOLDER, "sh", cwd];
  const answer = await runTool([first], rest);
  if (answer === undefined) {
    return failure(
      "bad-cwd",
      `cannot check working folder ${quoteUntrusted(cwd)}: the agent may not run ${first}`,
    );
  }
  if (answer.code !== 0) {
    return failure(
      "bad-cwd",
      `the command's user cannot enter working folder ${quoteUntrusted(cwd)}`,
    );
  }
  const real = answer.text.replace(/\n$/, "");
  return real === cwd ? undefined : failure(
    "bad-cwd",
    `working folder ${quoteUntrusted(cwd)} has a link in its path: use ${quoteUntrusted(real)}`,
  );
}

/** Starts a program; `words` are its path and its arguments. */
export function spawn(
  words: readonly string[],
  options: Omit<Deno.CommandOptions, "args" | "clearEnv">,
): Deno.ChildProcess | ExecFailure {
  const [first = "", ...args] = words;
  if (!first.startsWith("/")) {
    // Deno would search the agent's own PATH.
    return failure(
      "not-found",
      `cannot search for ${quoteUntrusted(first)}: give the full path of the program`,
    );
  }
  try {
    return new Deno.Command(first, { ...options, args, clearEnv: true }).spawn();
  } catch (error) {
    return describeSpawnError(first, error);
  }
}

/** Describes why the system, or Deno's permissions, refused to start a process. */
function describeSpawnError(path: string, error: unknown): ExecFailure {
  if (error instanceof Deno.errors.NotCapable) {
    return failure("not-executable", `the agent may not run ${quoteUntrusted(path)}`);
  }
  const message = messageOf(error);
  if (error instanceof Deno.errors.NotFound) return failure("not-found", message);
  const forbidden = error instanceof Deno.errors.PermissionDenied;
  return failure(forbidden ? "not-executable" : "not-started", message);
}
