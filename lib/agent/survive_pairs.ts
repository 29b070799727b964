/**
 * What a command that outlives its agent cannot have besides. Pure; imports nothing.
 * @module
 */

/** What may be asked for together with it; whatever is there counts. */
export interface Companions {
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
export function objectToCompanions(
  { stdin, input, secrets, undo }: Companions,
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
