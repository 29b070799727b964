/**
 * Which user a command runs as: its account, and the `setpriv` options that turn the agent's user
 * into it.
 * @module
 */
import { quoteUntrusted } from "../../base/untrusted_text.ts";
import { type Account, findAccount } from "../os/accounts.ts";
import type { HostTools } from "../os/host_tools.ts";
import { confinementOptions, identityOptions } from "../os/setpriv.ts";
import { type ExecFailure, failure } from "./command.ts";

/** The user of a command. */
export interface RunAs {
  /** Not an {@linkcode ExecFailure}. */
  readonly kind: "run-as";
  /** `undefined` if it is the agent's own user and that has no entry in the user database. */
  readonly account: Account | undefined;
  /** What `setpriv` has to change; nothing for the agent's own user. */
  readonly setprivOptions: readonly string[];
}

/** Finds the user `name`, or the agent's own user when there is no name. */
export async function resolveRunAs(
  name: string | undefined,
  host: HostTools,
): Promise<RunAs | ExecFailure> {
  if (name === undefined) return { kind: "run-as", account: host.account, setprivOptions: [] };
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
      return runAsAccount(lookup.account, host);
    default:
      return lookup satisfies never;
  }
}

function runAsAccount(account: Account, { uid, setpriv }: HostTools): RunAs | ExecFailure {
  if (uid === account.uid && uid !== 0) return { kind: "run-as", account, setprivOptions: [] };
  const name = quoteUntrusted(account.name);
  if (uid !== 0) {
    return failure("bad-user", `the agent does not run as root, so nothing can run as ${name}`);
  }
  if (setpriv === undefined) {
    return failure("bad-user", `this host has no complete setpriv, so nothing can run as ${name}`);
  }
  const options = [...identityOptions(account), ...confinementOptions(account)];
  return { kind: "run-as", account, setprivOptions: options };
}
