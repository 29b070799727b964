/**
 * Resolves the user that a command runs as: its account, and the `setpriv` options that change to
 * it.
 * @module
 */
import { quoteUntrusted } from "../../base/untrusted_text.ts";
import {
  type Account,
  confinementOptions,
  findAccount,
  identityOptions,
  NO_SETPRIV,
} from "../os/accounts.ts";
import type { HostTools } from "../os/host_tools.ts";
import { type ExecFailure, failure } from "./command.ts";

/** The user of a command. */
export interface RunAs {
  readonly kind: "run-as";
  /** The account; `undefined` for the agent's own user without an entry in the user database. */
  readonly account: Account | undefined;
  /** The `setpriv` options; empty for the agent's own user. */
  readonly setprivOptions: readonly string[];
}

/** Finds the user `name`, or the agent's own user if there is no name. */
export async function resolveRunAs(
  name: string | undefined,
  host: HostTools,
): Promise<RunAs | ExecFailure> {
  if (name === undefined) return { kind: "run-as", account: host.account, setprivOptions: [] };
  const lookup = await findAccount(name);
  switch (lookup.kind) {
    case "unknown":
      return failure("bad-user", `no such user: ${quoteUntrusted(name)}`);
    case "unable":
      return failure(
        "bad-user",
        `cannot look up user ${quoteUntrusted(name)}: ${lookup.reason}`,
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
    return failure("bad-user", `cannot run as ${name}: the agent is not root`);
  }
  if (setpriv === undefined) {
    return failure("bad-user", `cannot run as ${name}: ${NO_SETPRIV}`);
  }
  const options = [...identityOptions(account), ...confinementOptions(account)];
  return { kind: "run-as", account, setprivOptions: options };
}
