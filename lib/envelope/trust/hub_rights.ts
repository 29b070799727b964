/**
 * The rights of an operator's key at a hub. They stand as options in front of the key in the hub's
 * own trust file, `hub_operators`: `run,cancel nanoexec-ed25519 AAAB... oncall`. Agents refuse them,
 * because a right at a hub says nothing about what may run on a host.
 * @module
 */

/** A right at a hub. */
export type HubRight =
  /** Read the jobs of all operators, with their output. */
  | "read"
  /** Submit commands; read, cancel and confirm the own ones. */
  | "run"
  /** Cancel and confirm the jobs of all operators. */
  | "cancel"
  /** Forget hosts, so that they may attach with other keys. */
  | "hosts";

/** All rights, in the order in which they are shown. */
export const HUB_RIGHTS: readonly HubRight[] = ["read", "run", "cancel", "hosts"];

/** The program that reads a trust file. An agent refuses the options that only a hub knows. */
export type TrustFileReader = "agent" | "hub";

/** Whether `name` is the option of a right. */
export function isHubRight(name: string): name is HubRight {
  return HUB_RIGHTS.some((right) => right === name);
}
