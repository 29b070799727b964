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
  /** The host itself. */
  readonly node: TargetNode;
  /** The user that commands run as when the request names none. */
  readonly ownUser: string;
  /** Now, in milliseconds since 1970. */
  readonly nowMs: number;
  /** Finds a program in the fixed PATH. */
  readonly resolve: (name: string) => string | undefined;
}

/** The decision and the rule behind it. */
export type PolicyDecision =
  | { readonly kind: "allow"; readonly rule: string }
  | { readonly kind: "deny" } & Refusal;

/** What of a request matters for policy. */
export type PolicyRequest = Pick<
  Request,
  "run" | "user" | "cwd" | "env" | "secrets" | "stdin" | "input"
>;

/**
 * Decides whether `request` may run when the keys of `signers`, all distinct, have signed it. Each of
 * them must be free to do it, so that one denial wins whatever the others say, and there must be as
 * many as the most demanding of them needs.
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
    const reason = `${need} keys must sign such a request, and ${signers.length} did`;
    return { kind: "deny", code: "need-more-signers", reason };
  }
  return { kind: "allow", rule: signers.map(ruleName).join(" and ") };
}

/** How a trust entry is called in messages: `key "alice" (line 3)`. */
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
    return { code: "host-not-allowed", reason: `${name} is not for this host` };
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
 * A key that is bound to commands decides nothing but their words: with a variable such as
 * `TAR_OPTIONS`, or in a folder of its choice, a harmless command does something else. No pattern
 * allows a script, whose words say nothing of what it does.
 */
function checkCommandPatterns(
  patterns: readonly CommandPattern[],
  { run, env, secrets, cwd, stdin, input }: PolicyRequest,
  { name, context: { resolve } }: { readonly name: string; readonly context: PolicyContext },
): Refusal | undefined {
  if (run.kind === "script") {
    return { code: "command-not-allowed", reason: `${name} may run some commands, and no script` };
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
    return { code: "cwd-not-allowed", reason: `${name} may not choose a folder` };
  }
  if (stdin !== undefined || input !== undefined) { // check: command-input
    return { code: "stdin-not-allowed", reason: `${name} may not send input to a command` };
  }
  return undefined;
}

/** A text for a shell is checked as the argv that it becomes. */
function argvOf(run: Exclude<Run, ScriptRun>): readonly string[] {
  return run.kind === "argv" ? run.argv : ["/bin/sh", "-c", run.command]; // check: shell-argv
}

const SHELLS: ReadonlySet<string> = new Set([
  ...["sh", "bash", "rbash", "dash", "ash", "ksh", "ksh93", "rksh", "lksh", "mksh", "oksh", "posh"],
  ...["yash", "zsh", "rzsh", "fish", "csh", "tcsh", "elvish", "nu", "xonsh", "pwsh"],
  ...["busybox", "toybox"],
]);

/**
 * A script counts whatever its interpreter is: it says as freely as a shell's line what to do. Else
 * only what is a shell by name: `env sh` or `xargs` are not caught, `commands` is for that.
 */
function isShell(run: Run): boolean {
  if (run.kind === "script") return true;
  const [program = ""] = argvOf(run);
  return SHELLS.has(program.slice(program.lastIndexOf("/") + 1)); // check: shell-name
}
