/**
 * `nanotrigger hosts` and `nanotrigger hosts forget`: the agents whose keys are known.
 * @module
 */
import { fingerprint } from "../../envelope/public_key.ts";
import { sortNodes } from "../../nodeset/name_shape.ts";
import { foldNodes, parseNodeSet } from "../../nodeset/node_set.ts";
import { UserError } from "../errors.ts";
import { EXIT_OK } from "../exit_code.ts";
import { readKnownAgents } from "../known_agents.ts";
import type { ForgetHostsOptions } from "../options/hosts.ts";
import { findPlaces } from "../places.ts";
import type { Terminal } from "../terminal.ts";

/** Prints the names and fingerprints of all known agents. */
export async function printHosts(terminal: Terminal): Promise<number> {
  const known = new Map(await readKnownAgents(findPlaces().knownAgents));
  for (const name of sortNodes([...known.keys()])) {
    const key = known.get(name);
    if (key) await terminal.print(`${name} ${fingerprint(key)}`);
  }
  return EXIT_OK;
}

/** Forgets agents, so that they may come with new keys. */
export async function forgetHosts(
  { sets }: ForgetHostsOptions,
  terminal: Terminal,
): Promise<number> {
  const known = await readKnownAgents(findPlaces().knownAgents);
  const names = [...parseNodeSet(sets.join(","))];
  const unknown = names.filter((name) => !known.get(name));
  if (unknown.length > 0) throw new UserError(`${foldNodes(unknown)}: not known`);
  names.forEach((name) => known.forget(name));
  terminal.note(`${foldNodes(names)}: forgotten`);
  return EXIT_OK;
}
