/**
 * The rights of an operator's key at a hub: options in front of the key in the trust file of the
 * hub, `hub_operators`, as in `run,cancel nanoexec-ed25519 AAAB... oncall`. Agents refuse them,
 * because a right at a hub permits nothing on a host.
 * @module
 */

/** A right at a hub. */
export type HubRight =
  /** Read the jobs of all operators, with their output. */
  | "read"
  /** Submit commands; read, cancel and confirm their own jobs. */
  | "run"
  /** Cancel and confirm the jobs of all operators. */
  | "cancel"
  /** Forget hosts, so that they may attach with other keys. */
  | "hosts";

/** All rights, in the order of messages. */
export const HUB_RIGHTS: readonly HubRight[] = ["read", "run", "cancel", "hosts"];

/** The program that reads a trust file. An agent refuses the options that only a hub knows. */
export type TrustFileReader = "agent" | "hub";

/** Returns whether `name` is the option of a right. */
export function isHubRight(name: string): name is HubRight {
  return HUB_RIGHTS.some((right) => right === name);
}
