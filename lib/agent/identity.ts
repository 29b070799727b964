/**
 * Whom a command runs as, and whether the agent can do that at all.
 * May import `accounts.ts`, `command.ts`, `exec_host.ts`, `privileges.ts` and
 * `lib/base/untrusted_text.ts`.
 * @module
 */

import { quoteUntrusted } from "../base/untrusted_text.ts";
import { type Account, findAccount } from "./accounts.ts";
import { type ExecFailure, failure } from "./command.ts";
import type { ExecHost } from "./exec_host.ts";
import { confinementOptions, identityOptions } from "./privileges.ts";

/** The user of a command. */
export interface Identity {
  /** Not an {@linkcode ExecFailure}. */
  readonly kind: "identity";
  /** `undefined` if it is the agent's own user and that has no entry in the user database. */
  readonly account: Account | undefined;
  /** What `setpriv` has to change; nothing for the agent's own user. */
  readonly options: readonly string[];
}

/** Finds the user `name`, or the agent's own user when there is no name. */
export async function findIdentity(
  name: string | undefined,
  host: ExecHost,
): Promise<Identity | ExecFailure> {
  if (name === undefined) return { kind: "identity", account: host.account, options: [] };
  const lookup = await findAccount(name);
  switch (lookup.kind) {
    case "unknown":
      return failure("bad-user", `there is no user ${quoteUntrusted(name)}`);
    case "unable":
      return failure(
        "bad-user",
        `the user ${quoteUntrusted(name)} cannot be found: ${lookup.reason}`,
      );
    case "found":
      return become(lookup.account, host);
    default:
      return lookup satisfies never;
  }
}

function become(account: Account, { uid, setpriv }: ExecHost): Identity | ExecFailure {
  if (uid === account.uid && uid !== 0) return { kind: "identity", account, options: [] };
  const name = quoteUntrusted(account.name);
  if (uid !== 0) {
    return failure("bad-user", `the agent does not run as root, so nothing can run as ${name}`);
  }
  if (setpriv === undefined) {
    return failure("bad-user", `this host has no complete setpriv, so nothing can run as ${name}`);
  }
  const options = [...identityOptions(account), ...confinementOptions(account)];
  return { kind: "identity", account, options };
}
