/**
 * Creates the environment of a command: small, fixed, and without the agent's own variables.
 * Variables that make a program run other code are refused.
 * @module
 */

import { quoteUntrusted } from "../../base/untrusted_text.ts";
import type { Account } from "../os/accounts.ts";
import { FIXED_PATH } from "../os/host_tools.ts";
import { type ExecFailure, failure } from "./command.ts";

/** The variable that marks every process of a command with the id of its request. */
export const JOB_VARIABLE = "NANOEXEC_JOB";

/** A complete environment. */
export type Environment = Readonly<Record<string, string>>;

/** The inputs of an environment. */
export interface EnvironmentParts {
  /** The command's user; `undefined` if the agent's own user has no entry. */
  readonly account: Account | undefined;
  /** The request id. */
  readonly job: string;
  /** The agent's name. */
  readonly hostName: string;
  /** The variables of the request. */
  readonly extra: Environment;
}

/** Limits of the request's variables. */
const MAX_NAMES = 256;
const MAX_LENGTH = 64 * 1024;

/** Prefixes of variables that make a program run other code. */
const REFUSED_PREFIXES: readonly string[] = (
  "LD_ DYLD_ PYTHON PERL5 NODE_ RUBY GIT_ DENO_ NANOEXEC_ BASH_FUNC_ MALLOC_"
).split(" ");

/**
 * Single variables of the same kind, and those that the agent sets. Beyond the agent's own list:
 * what sudo removes too (`initial_badenv_table` in sudo's plugins/sudoers/env.c).
 */
const REFUSED_NAMES: ReadonlySet<string> = new Set(
  ("PATH HOME LOGNAME USER BASH_ENV ENV IFS GCONV_PATH " +
    "BASHOPTS CDPATH FPATH GLIBC_TUNABLES GLOBIGNORE HOSTALIASES JAVA_TOOL_OPTIONS LOCALDOMAIN " +
    "LOCPATH NLSPATH NULLCMD PATH_LOCALE PERLIO_DEBUG PERLLIB PROMPT_COMMAND PS4 READNULLCMD " +
    "RES_OPTIONS SHELLOPTS TERMCAP TERMINFO TERMINFO_DIRS TERMPATH TMPPREFIX ZDOTDIR _RLD_LIST")
    .split(" "),
);

/**
 * Creates the environment of a command: PATH, LANG, the user's HOME, LOGNAME and USER, the request
 * id, the host's name, and the request's own variables. Fails if any of these is not acceptable.
 */
export function makeEnvironment(
  parts: EnvironmentParts,
): { readonly kind: "made"; readonly environment: Environment } | ExecFailure {
  const extra = Object.entries(parts.extra);
  const problem = extra.length > MAX_NAMES
    ? `too many environment variables: ${extra.length}, limit ${MAX_NAMES}`
    : checkLength(extra) ?? extra.map(checkVariable).find((text) => text !== undefined);
  if (problem !== undefined) return failure("bad-env", problem);
  const { account, job, hostName } = parts;
  const environment = {
    PATH: FIXED_PATH,
    LANG: "C.UTF-8",
    HOME: account?.home ?? "/",
    ...(account === undefined ? {} : { LOGNAME: account.name, USER: account.name }),
    [JOB_VARIABLE]: job,
    NANOEXEC_HOST: hostName,
    ...Object.fromEntries(extra),
  };
  return { kind: "made", environment };
}

function checkLength(extra: readonly (readonly [string, string])[]): string | undefined {
  const length = extra.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return length > MAX_LENGTH
    ? `environment variables too long: ${length} characters, limit ${MAX_LENGTH}`
    : undefined;
}

function checkVariable([name, value]: readonly [string, string]): string | undefined {
  if (!/^[A-Z_][A-Z0-9_]{0,63}$/.test(name)) {
    return `not the name of an environment variable: ${quoteUntrusted(name)}`;
  }
  const refused = REFUSED_NAMES.has(name) ||
    REFUSED_PREFIXES.some((prefix) => name.startsWith(prefix));
  if (refused) return `environment variable ${name} may not be set`;
  return value.includes("\0") ? `environment variable ${name} holds a NUL byte` : undefined;
}
