/**
 * Which tools this host has for running commands, and the agent's own user. Detected once, when the
 * agent starts. A tool that the agent may not run counts as missing. Needs `--allow-sys=uid` and
 * `--allow-run` for the tools.
 * @module
 */

import { type Account, findAccountById, findSetpriv } from "./accounts.ts";
import { mayRun, runTool } from "./run_tool.ts";
import { parseHardRlimits, PRLIMIT_PATHS, type Rlimits } from "./rlimits.ts";

/** The POSIX shell, at its only portable path. */
export const SHELL = "/bin/sh";

/** The PATH of every command, also used to find programs. */
export const FIXED_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A host as the agent's user sees it. */
export interface HostTools {
  /** The user id of the agent; `null` on systems without numeric ids. */
  readonly uid: number | null;
  /** The agent's user; `undefined` without an entry in the user database. */
  readonly account: Account | undefined;
  /** The path of `setsid`. */
  readonly setsid: string | undefined;
  /** The path of a complete `setpriv` (util-linux 2.33 or later, not busybox). */
  readonly setpriv: string | undefined;
  /** The path of `prlimit`. */
  readonly prlimit: string | undefined;
  /** The agent's own hard limits. */
  readonly hardLimits: Rlimits;
  /** The missing tools and their consequences, one line each; for the log. */
  readonly missing: readonly string[];
}

/**
 * Detects the tools of this host.
 * @throws {Deno.errors.NotCapable} without `--allow-sys=uid`
 */
export async function detectHostTools(): Promise<HostTools> {
  const uid = Deno.uid();
  const [lookup, setsid, setpriv, limits] = await Promise.all([
    uid === null ? undefined : findAccountById(uid),
    findSetsid(),
    findSetpriv(),
    findPrlimit(),
  ]);
  const found = {
    uid,
    account: lookup?.kind === "found" ? lookup.account : undefined,
    setsid,
    setpriv,
    prlimit: limits?.path,
    hardLimits: limits?.hard ?? {},
  };
  return { ...found, missing: describeMissing(found) };
}

async function findSetsid(): Promise<string | undefined> {
  for (const path of ["/usr/bin/setsid", "/bin/setsid"]) {
    const answer = await runTool([path], [SHELL, "-c", ":"]);
    if (answer?.code === 0) return path;
  }
  return undefined;
}

async function findPrlimit(): Promise<{ path: string; hard: Rlimits } | undefined> {
  for (const path of PRLIMIT_PATHS) {
    const answer = await runTool([path], ["--raw", "--noheadings", "--output=RESOURCE,HARD"]);
    if (answer?.code === 0) return { path, hard: parseHardRlimits(answer.text) };
  }
  return undefined;
}

function describeMissing(found: Omit<HostTools, "missing">): readonly string[] {
  return [
    ...(found.account === undefined
      ? ["no entry for the agent's user: HOME of commands is /"]
      : []),
    ...(found.setsid === undefined
      ? ["no setsid: commands start more slowly, and cannot be detached"]
      : []),
    ...(found.setpriv === undefined
      ? ["no setpriv: commands cannot run as another user, and outlive an agent that is killed"]
      : []),
    ...(found.prlimit === undefined ? ["no prlimit: commands run without resource limits"] : []),
    ...(mayRun(SHELL) ? [] : [
      `no ${SHELL}: commands run only in /, and processes that leave their group are not ended`,
    ]),
  ];
}
