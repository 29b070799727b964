/**
 * Finds the default name of an agent. Needs `--allow-run` for `hostname`, or
 * `--allow-sys=hostname`.
 * @module
 */

import { UserError } from "../base/errors.ts";
import { isNodeName, type NodeName } from "../nodeset/sets/node_name.ts";
import { runTool } from "./os/run_tool.ts";

/** Names that many hosts have, so that they identify none. */
const LOCAL_NAMES: ReadonlySet<string> = new Set(
  ["localhost", "localhost.localdomain", "localhost6", "localhost6.localdomain6"],
);

/**
 * Finds this host's fully qualified name as `hostname -f` prints it, or its short name if the
 * resolver knows no better one. Keeps upper and lower case, because names are compared exactly.
 * @throws {UserError} as {@linkcode pickHostName}
 */
export async function findHostName(): Promise<NodeName> {
  const answer = await runTool(["/usr/bin/hostname", "/bin/hostname"], ["-f"]);
  return pickHostName([answer?.code === 0 ? answer.text.trim() : "", ownHostName()]);
}

/**
 * Picks the first of `candidates` that is a valid name and identifies the host.
 * @throws {UserError} if there is none
 */
export function pickHostName(candidates: readonly string[]): NodeName {
  const name = candidates.filter(isNodeName).find((name) => !LOCAL_NAMES.has(name.toLowerCase()));
  if (name !== undefined) return name;
  throw new UserError("no unique name of this host found", {
    hint: "set one with --hostname NAME",
  });
}

function ownHostName(): string {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  return state === "granted" ? Deno.hostname() : "";
}
