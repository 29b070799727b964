/**
 * Makes sure that the whole agent runs as the user of `--user`: user ids, group ids, supplementary
 * groups, no capabilities.
 *
 * Normally the launcher starts the agent behind `setpriv`. The agent then only checks its own
 * /proc/PID/status (proc(5)). If the agent runs as root instead, it starts itself again behind
 * `setpriv`, because Deno can neither set supplementary groups nor replace its own process. The
 * first process then only waits.
 *
 * Ways to gain privileges that the user has anyway stay open: `sudo` works for a sudoer, as after a
 * login. Neither no-new-privs nor an empty bounding set is imposed on the whole agent. An
 * administrator who wants them sets them outside (`setpriv --no-new-privs`, `NoNewPrivileges=yes`),
 * and the agent inherits them.
 *
 * Needs `--allow-run` for setpriv, getent, id, cat and sh, and `--allow-sys=uid`.
 * @module
 */
import process from "node:process";
import { quoteUntrusted } from "../../base/untrusted_text.ts";
import { UserError } from "../../base/errors.ts";
import {
  type Account,
  findAccount,
  findGroups,
  findSetpriv,
  identityOptions,
  NO_SETPRIV,
} from "./accounts.ts";
import { FIXED_PATH, SHELL } from "./host_tools.ts";
import { runTool } from "./run_tool.ts";

/** The four user or group ids of a process: real, effective, saved, file system. */
const ID_COUNT = 4;

/** Capability sets that are empty in a process of an ordinary user. */
const CAPABILITY_SETS = ["CapInh", "CapPrm", "CapEff", "CapAmb"] as const;

/**
 * Checks `/proc/PID/status` (proc(5)) against `account`, whose groups are `groups`. Returns what is
 * left over or missing; `undefined` if nothing is.
 */
export function checkCredentials(
  status: string,
  account: Account,
  groups: ReadonlySet<number>,
): string | undefined {
  const fields = parseProcStatus(status);
  const own = new Set([...parseNumbers(fields, "Gid"), ...parseNumbers(fields, "Groups")]);
  return checkIds("user", parseNumbers(fields, "Uid"), account.uid) ??
    checkIds("group", parseNumbers(fields, "Gid"), account.gid) ??
    checkGroups(own, new Set([...groups, account.gid])) ??
    (account.uid === 0 ? undefined : checkCapabilities(fields));
}

function parseProcStatus(status: string): ReadonlyMap<string, string> {
  const lines = status.split("\n").map((line) => line.split(":\t"));
  return new Map(lines.map(([name = "", value = ""]) => [name, value.trim()]));
}

function parseNumbers(fields: ReadonlyMap<string, string>, name: string): readonly number[] {
  return (fields.get(name) ?? "").split(/\s+/).filter((word) => word !== "").map(Number);
}

function checkIds(what: string, ids: readonly number[], id: number): string | undefined {
  if (ids.length === ID_COUNT && ids.every((own) => own === id)) return undefined;
  return `its ${what} ids are ${ids.join(", ") || "unknown"}, not all ${id}`;
}

function checkGroups(
  own: ReadonlySet<number>,
  wanted: ReadonlySet<number>,
): string | undefined {
  const extra = [...own.difference(wanted)];
  if (extra.length > 0) return `it is still in group ${extra.join(", ")}`;
  const missing = [...wanted.difference(own)];
  return missing.length > 0 ? `it is not in group ${missing.join(", ")}` : undefined;
}

function checkCapabilities(fields: ReadonlyMap<string, string>): string | undefined {
  const held = CAPABILITY_SETS.find((name) => !/^0+$/.test(fields.get(name) ?? ""));
  return held === undefined ? undefined : `it may still hold capabilities (${held})`;
}

/** Options for dropping privileges. */
export interface DropPrivilegesOptions {
  /** The command line of this agent, including its options. */
  readonly self: readonly [string, ...string[]];
}

/** How dropping privileges ended. */
export type DropPrivilegesOutcome =
  /** This process runs as that user, and was verified. */
  | { readonly kind: "ready"; readonly account: Account }
  /** The agent ran in another process and has ended; exit with its code. */
  | { readonly kind: "ended"; readonly code: number };

/** All permissions of Deno. */
const PERMISSIONS = ["run", "read", "write", "net", "env", "sys", "ffi", "import"] as const;

/** Signals that the waiting process forwards. */
const FORWARDED_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Makes the agent run as the user `name` only. A root agent that is to run as uid 0 has nothing to
 * drop.
 * @throws {UserError} if there is no such user, the agent is neither root nor that user, there is
 *   no complete way to change, or something is left over
 */
export async function dropPrivileges(
  name: string,
  options: DropPrivilegesOptions,
): Promise<DropPrivilegesOutcome> {
  const account = await requireAccount(name);
  const uid = Deno.uid();
  if (uid === 0 && account.uid !== 0) return await restartAs(account, options.self);
  if (uid !== account.uid) {
    throw new UserError(`cannot become ${quoteUntrusted(name)}: the agent is not root`, {
      hint: `start the agent as root, or as ${name} without --user`,
    });
  }
  if (uid !== 0) await verifyOwnCredentials(account);
  return { kind: "ready", account };
}

async function requireAccount(name: string): Promise<Account> {
  const lookup = await findAccount(name);
  switch (lookup.kind) {
    case "found":
      return lookup.account;
    case "unknown":
      throw new UserError(`no such user: ${quoteUntrusted(name)}`, {
        hint: "give the name of a user, not a number",
      });
    case "unable":
      throw new UserError(`cannot look up user ${quoteUntrusted(name)}: ${lookup.reason}`);
    default:
      return lookup satisfies never;
  }
}

/** Checks this process from outside, because Deno itself may not read /proc. */
async function verifyOwnCredentials(account: Account): Promise<void> {
  const [status, groups] = await Promise.all([
    runTool(["/usr/bin/cat", "/bin/cat"], [`/proc/${Deno.pid}/status`]),
    findGroups(account.name),
  ]);
  const problem = status?.code === 0
    ? checkCredentials(status.text, account, groups)
    : "cannot read its credentials in /proc";
  if (problem === undefined) return;
  throw new UserError(
    `the agent is not completely ${quoteUntrusted(account.name)}: ${problem}`,
    { hint: `log in as ${account.name} again, or start the agent as root` },
  );
}

async function restartAs(
  account: Account,
  self: DropPrivilegesOptions["self"],
): Promise<DropPrivilegesOutcome> {
  const setpriv = await findSetpriv();
  if (setpriv === undefined) {
    throw new UserError(
      `cannot become ${quoteUntrusted(account.name)}: ${NO_SETPRIV}`,
      { hint: "install util-linux 2.33 or later" },
    );
  }
  const identity = identityOptions(account);
  await tryDrop([setpriv, ...identity, "--"], account, self[0]);
  const child = new Deno.Command(setpriv, {
    args: [...identity, "--pdeathsig=TERM", "--", ...self],
    // Root's environment may hold secrets, and the user could read them from /proc.
    clearEnv: true,
    env: loginEnvironment(account),
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
    // Its own process group: Ctrl-C then reaches it once, forwarded by this process.
    detached: true,
  }).spawn();
  relinquishRoot(account);
  return { kind: "ended", code: await waitForChild(child) };
}

function loginEnvironment({ name, home }: Account): Record<string, string> {
  return { HOME: home, LOGNAME: name, USER: name, PATH: FIXED_PATH, LANG: "C.UTF-8" };
}

/** Tries the change with a program that does nothing, so that a failure gives one clear line. */
async function tryDrop(
  chain: readonly [string, ...string[]],
  account: Account,
  program: string,
): Promise<void> {
  const [first, ...rest] = chain;
  const answer = await runTool([first], [...rest, SHELL, "-c", 'test -x "$1"', "sh", program]);
  if (answer?.code === 0) return;
  if (answer?.code === 1) {
    throw new UserError(
      `user ${quoteUntrusted(account.name)} may not execute ${quoteUntrusted(program)}`,
      { hint: "install it in a folder that all users can read, such as /usr/local/bin" },
    );
  }
  const complaint = answer?.errorText || "cannot run setpriv";
  throw new UserError(`cannot become ${quoteUntrusted(account.name)}: ${complaint}`);
}

/**
 * Drops root in the waiting process. Deno can change its user only with a full `--allow-sys`.
 * Otherwise the process stays root, like the one behind `su` and `sudo`, but loses all permissions.
 */
function relinquishRoot({ uid, gid }: Account): void {
  if (Deno.permissions.querySync({ name: "sys" }).state === "granted") {
    process.setgid?.(gid);
    process.setuid?.(uid);
  }
  for (const name of PERMISSIONS) Deno.permissions.revokeSync({ name });
}

/** Forwards signals until `child` has ended, and returns its exit code. */
async function waitForChild(child: Deno.ChildProcess): Promise<number> {
  const listeners = FORWARDED_SIGNALS.map((signal) => ({
    signal,
    pass: () => forwardSignal(child, signal),
  }));
  for (const { signal, pass } of listeners) Deno.addSignalListener(signal, pass);
  try {
    return (await child.status).code;
  } finally {
    for (const { signal, pass } of listeners) Deno.removeSignalListener(signal, pass);
  }
}

function forwardSignal(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // The child has ended already.
  }
}
