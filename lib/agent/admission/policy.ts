/**
 * Decides what a trusted key may do on this host: applies the options in front of the key in the
 * trust file to one request.
 * @module
 */
import { type CommandPattern, matchesCommand } from "../../envelope/trust/command_pattern.ts";
import type { Request, Run, ScriptRun } from "../../envelope/statements/request.ts";
import type { TrustedKey } from "../../envelope/trust/trust_file.ts";
import { matchesTarget, type TargetNode } from "../../nodeset/mod.ts";
import type { Refusal } from "./admission.ts";

/** The host for which a request is checked. */
export interface PolicyContext {
  /** The host's own name and facts. */
  readonly node: TargetNode;
  /** The default user for commands. */
  readonly ownUser: string;
  /** The current time, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Finds a program in the fixed PATH. */
  readonly resolve: (name: string) => string | undefined;
}

/** The decision and the rule behind it. */
export type PolicyDecision =
  | { readonly kind: "allow"; readonly rule: string }
  | { readonly kind: "deny" } & Refusal;

/** The fields of a request that matter to the policy. */
export type PolicyRequest = Pick<
  Request,
  "run" | "user" | "cwd" | "env" | "secrets" | "stdin" | "input"
>;

/**
 * Decides whether `request` may run with the keys of `signers`, which are distinct. Every key must
 * permit it, so one denial wins. There must be as many signers as the strictest key needs.
 */
export function decidePolicy(
  request: PolicyRequest,
  signers: readonly TrustedKey[],
  context: PolicyContext,
): PolicyDecision {
  for (const entry of signers) { // check: signer-options
    const denial = checkEntry(entry, request, context);
    if (denial) return { kind: "deny", ...denial }; // check: any-denial
  }
  const need = Math.max(1, ...signers.map((entry) => entry.need)); // check: signers-needed
  if (signers.length < need) { // check: signer-count
    const reason = `the request needs ${need} signatures and has ${signers.length}`;
    return { kind: "deny", code: "need-more-signers", reason };
  }
  return { kind: "allow", rule: signers.map(ruleName).join(" and ") };
}

/** Returns the name of a trust entry for messages: `key "alice" (line 3)`. */
export function ruleName(entry: TrustedKey): string {
  return `key "${entry.comment || entry.key.keyid.slice(0, 16)}" (line ${entry.line})`;
}

function checkEntry(
  entry: TrustedKey,
  request: PolicyRequest,
  context: PolicyContext,
): Refusal | undefined {
  const name = ruleName(entry);
  if (entry.expires !== undefined && context.nowMs >= entry.expires * 1_000) { // check: key-expiry
    return { code: "key-expired", reason: `${name} has expired` };
  }
  if (entry.hosts && !matchesTarget(entry.hosts, context.node)) { // check: key-hosts
    return { code: "host-not-allowed", reason: `${name} may not run commands on this host` };
  }
  if (entry.noShell && isShell(request.run)) { // check: no-shell
    const what = request.run.kind === "script" ? "a script" : "a shell";
    return { code: "no-shell", reason: `${name} may not run ${what}` };
  }
  const user = request.user ?? context.ownUser; // check: default-user
  if (entry.users && !entry.users.includes(user)) { // check: key-users
    return { code: "user-not-allowed", reason: `${name} may not run commands as "${user}"` };
  }
  // check: key-commands
  return entry.commands && checkCommandPatterns(entry.commands, request, { name, context });
}

/**
 * Checks a key that is bound to command patterns. Such a key may set no variables, folder or input:
 * with `TAR_OPTIONS`, for instance, a harmless command does something else. Scripts never match,
 * because their words do not show what they do.
 */
function checkCommandPatterns(
  patterns: readonly CommandPattern[],
  { run, env, secrets, cwd, stdin, input }: PolicyRequest,
  { name, context: { resolve } }: { readonly name: string; readonly context: PolicyContext },
): Refusal | undefined {
  if (run.kind === "script") {
    return { code: "command-not-allowed", reason: `${name} may not run scripts` };
  }
  const argv = argvOf(run);
  // check: command-words
  if (!patterns.some((pattern) => matchesCommand({ pattern, argv }, { resolve }))) {
    return { code: "command-not-allowed", reason: `${name} may not run this command` };
  }
  if (secrets || env && Object.keys(env).length > 0) { // check: command-variables
    return { code: "env-not-allowed", reason: `${name} may not set environment variables` };
  }
  if (cwd !== undefined && cwd !== "/") { // check: command-folder
    return { code: "cwd-not-allowed", reason: `${name} may not set a working folder` };
  }
  if (stdin !== undefined || input !== undefined) { // check: command-input
    return { code: "stdin-not-allowed", reason: `${name} may not send standard input` };
  }
  return undefined;
}

/** Returns the argv of a run; a text for a shell is checked as the argv that it becomes. */
function argvOf(run: Exclude<Run, ScriptRun>): readonly string[] {
  return run.kind === "argv" ? run.argv : ["/bin/sh", "-c", run.command]; // check: shell-argv
}

const SHELLS: ReadonlySet<string> = new Set([
  ...["sh", "bash", "rbash", "dash", "ash", "ksh", "ksh93", "rksh", "lksh", "mksh", "oksh", "posh"],
  ...["yash", "zsh", "rzsh", "fish", "csh", "tcsh", "elvish", "nu", "xonsh", "pwsh"],
  ...["busybox", "toybox"],
]);

/**
 * Whether `run` starts a shell. Every script counts, whatever its interpreter. Otherwise the
 * program's name decides: `env sh` and `xargs` are not caught, use `commands` for that.
 */
function isShell(run: Run): boolean {
  if (run.kind === "script") return true;
  const [program = ""] = argvOf(run);
  return SHELLS.has(program.slice(program.lastIndexOf("/") + 1)); // check: shell-name
}
