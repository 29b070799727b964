/**
 * Makes sure that the whole agent runs as the user of `--user`: user ids, group ids, supplementary
 * groups, no capabilities.
 *
 * Normally the launcher has put `setpriv` in front of the agent, and all that remains is to look.
 * If the agent runs as root instead, it starts itself again behind `setpriv`, for Deno can neither
 * set supplementary groups nor replace itself; the first process then only waits.
 *
 * Ways up that the user has anyway stay open (`sudo` works for a sudoer, as after a login):
 * neither no-new-privs nor an empty bounding set is imposed on the whole agent. Whoever wants that
 * sets it in front (`setpriv --no-new-privs`, `NoNewPrivileges=yes`), and it is inherited.
 *
 * Needs `--allow-run` for setpriv, getent, id, cat and sh, and `--allow-sys=uid`. May import `accounts.ts`, `ask_program.ts`, `credentials.ts`,
 * `errors.ts`, `exec_host.ts`, `privileges.ts` and `lib/base/untrusted_text.ts`.
 * @module
 */

import process from "node:process";
import { quoteUntrusted } from "../base/untrusted_text.ts";
import { type Account, findAccount, findGroups } from "./accounts.ts";
import { askProgram } from "./ask_program.ts";
import { objectToCredentials } from "./credentials.ts";
import { FIXED_PATH } from "./environment.ts";
import { DropError } from "./errors.ts";
import { findSetpriv, SHELL } from "./exec_host.ts";
import { identityOptions } from "./privileges.ts";

/** What dropping depends on. */
export interface DropOptions {
  /** The words by which this very agent was started, its options included. */
  readonly self: readonly [string, ...string[]];
}

/** What dropping came to. */
export type DropOutcome =
  /** This process is that user, and was looked at. */
  | { readonly kind: "ready"; readonly account: Account }
  /** Another process was that user's agent and has ended; this one should end with its code. */
  | { readonly kind: "ended"; readonly code: number };

/** All that Deno permits or denies. */
const PERMISSIONS = ["run", "read", "write", "net", "env", "sys", "ffi", "import"] as const;

/** Signals that the waiting process passes on. */
const PASSED_ON = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Makes the agent run as the user `name` and nothing else. As root with a uid of root's asked for
 * there is nothing to drop.
 * @throws {DropError} if there is no such user, the agent is neither root nor that user, there is
 *   no complete way to change, or something is left over
 */
export async function dropTo(name: string, options: DropOptions): Promise<DropOutcome> {
  const account = await requireAccount(name);
  const uid = Deno.uid();
  if (uid === 0 && account.uid !== 0) return await restartAs(account, options.self);
  if (uid !== account.uid) {
    throw new DropError(
      `only root can become ${quoteUntrusted(name)}`,
      `start it as root, or as ${name} without --user`,
    );
  }
  if (uid !== 0) await verify(account);
  return { kind: "ready", account };
}

async function requireAccount(name: string): Promise<Account> {
  const lookup = await findAccount(name);
  switch (lookup.kind) {
    case "found":
      return lookup.account;
    case "unknown":
      throw new DropError(
        `there is no user ${quoteUntrusted(name)}`,
        "users go by name, not by number",
      );
    case "unable":
      throw new DropError(`the user ${quoteUntrusted(name)} cannot be found: ${lookup.reason}`);
    default:
      return lookup satisfies never;
  }
}

/** Looks at this process from outside; Deno itself may not read /proc. */
async function verify(account: Account): Promise<void> {
  const [status, groups] = await Promise.all([
    askProgram(["/usr/bin/cat", "/bin/cat"], [`/proc/${Deno.pid}/status`]),
    findGroups(account.name),
  ]);
  const problem = status?.code === 0
    ? objectToCredentials(status.text, account, groups)
    : "its credentials in /proc cannot be read";
  if (problem === undefined) return;
  throw new DropError(
    `the agent does not run as ${quoteUntrusted(account.name)} completely: ${problem}`,
    `log in as ${account.name} again, or start the agent as root`,
  );
}

async function restartAs(account: Account, self: DropOptions["self"]): Promise<DropOutcome> {
  const setpriv = await findSetpriv();
  if (setpriv === undefined) {
    throw new DropError(
      `the agent cannot become ${quoteUntrusted(account.name)}: this host has no complete setpriv`,
      "install util-linux 2.33 or later",
    );
  }
  const identity = identityOptions(account);
  await rehearse([setpriv, ...identity, "--"], account, self[0]);
  const child = new Deno.Command(setpriv, {
    args: [...identity, "--pdeathsig=TERM", "--", ...self],
    // Root's own environment may hold secrets, and the user could read them from /proc.
    clearEnv: true,
    env: environmentOf(account),
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
    // A group of its own: a Ctrl-C then reaches it once, through us.
    detached: true,
  }).spawn();
  giveUpRoot(account);
  return { kind: "ended", code: await waitFor(child) };
}

function environmentOf({ name, home }: Account): Record<string, string> {
  return { HOME: home, LOGNAME: name, USER: name, PATH: FIXED_PATH, LANG: "C.UTF-8" };
}

/** Tries the change with a program that does nothing, so that a failure has one clear line. */
async function rehearse(
  chain: readonly [string, ...string[]],
  account: Account,
  program: string,
): Promise<void> {
  const [first, ...rest] = chain;
  const answer = await askProgram([first], [...rest, SHELL, "-c", 'test -x "$1"', "sh", program]);
  if (answer?.code === 0) return;
  if (answer?.code === 1) {
    throw new DropError(
      `the user ${quoteUntrusted(account.name)} may not execute ${quoteUntrusted(program)}`,
      "install it where everybody may read, such as /usr/local/bin",
    );
  }
  const complaint = answer?.complaint || "setpriv cannot be run";
  throw new DropError(`the agent cannot become ${quoteUntrusted(account.name)}: ${complaint}`);
}

/**
 * The waiting process needs nothing of root's either. Deno lets a process change its user with a
 * full `--allow-sys` only; otherwise it stays root's, as the one behind `su` and `sudo` does, but
 * may do nothing more.
 */
function giveUpRoot({ uid, gid }: Account): void {
  if (Deno.permissions.querySync({ name: "sys" }).state === "granted") {
    process.setgid?.(gid);
    process.setuid?.(uid);
  }
  for (const name of PERMISSIONS) Deno.permissions.revokeSync({ name });
}

/** Passes signals on until `child` has ended, and returns its exit code. */
async function waitFor(child: Deno.ChildProcess): Promise<number> {
  const listeners = PASSED_ON.map((signal) => ({ signal, pass: () => passOn(child, signal) }));
  for (const { signal, pass } of listeners) Deno.addSignalListener(signal, pass);
  try {
    return (await child.status).code;
  } finally {
    for (const { signal, pass } of listeners) Deno.removeSignalListener(signal, pass);
  }
}

function passOn(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended already, and so shall we.
  }
}
