/**
 * Request fields that a detached command (`--survive`) cannot have: standard input, secrets, a
 * rollback. The gate checks a request by this rule before it admits a job, and the detached room
 * checks a command by the same rule before it starts one.
 * @module
 */

/** What may be asked for together with it; whatever is there counts. */
export interface DetachConflicts {
  /** What it reads, in any form. */
  readonly stdin?: unknown;
  /** What it reads, if that comes while it runs. */
  readonly input?: unknown;
  /** Secrets in its environment. */
  readonly secrets?: unknown;
  /** What undoes it. */
  readonly undo?: unknown;
}

/** Says why a command cannot outlive its agent with these, if it cannot. */
export function checkDetachConflicts(
  { stdin, input, secrets, undo }: DetachConflicts,
): string | undefined {
  if (stdin !== undefined || input !== undefined) { // check: survive-input
    return "what it would read comes from the agent, and ends with it";
  }
  // check: survive-secrets
  if (secrets !== undefined) return "its output goes to disk, where secrets must not be";
  // check: survive-undo
  if (undo !== undefined) return "it is undone when the agent ends, so it cannot outlive the agent";
  return undefined;
}
