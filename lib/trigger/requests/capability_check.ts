/**
 * Refuses a request that the agents of some hosts cannot run, before it is signed. An agent that
 * cannot read a request does not reply to it, so its host would be lost.
 * @module
 */
import { UserError } from "../../base/errors.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import { neededCapabilities, type RequestFeatures } from "../../protocol/session/version.ts";
import type { Queue } from "../queue/queue.ts";

/** Hosts whose agents lack something that a request needs. */
export interface IncapableHosts {
  /** The names of the hosts. */
  readonly nodes: readonly string[];
  /** What at least one of their agents lacks. */
  readonly capabilities: readonly string[];
}

/**
 * Returns the hosts among `nodes` that cannot run `request`, by the capabilities of the attached
 * ones. A host that is not attached is not
 * among them, since its agent may be another one when it attaches.
 */
export function findIncapableHosts(
  request: RequestFeatures,
  nodes: readonly string[],
  capabilitiesOf: ReadonlyMap<string, readonly string[]>,
): IncapableHosts {
  const needed = neededCapabilities(request);
  const incapable: string[] = [];
  const lacking = new Set<string>();
  for (const node of needed.length > 0 ? nodes : []) {
    const capabilities = capabilitiesOf.get(node);
    const missing = capabilities ? needed.filter((it) => !capabilities.includes(it)) : [];
    if (missing.length > 0) incapable.push(node); // check: capability
    missing.forEach((capability) => lacking.add(capability));
  }
  return { nodes: incapable, capabilities: [...lacking].sort() };
}

/**
 * Requires that the agents of all `nodes` can run `request`.
 * @throws {UserError} that names the other hosts
 */
export async function requireCapabilities(
  request: RequestFeatures,
  nodes: readonly string[],
  queue: Pick<Queue, "capabilitiesOf">,
): Promise<void> {
  if (neededCapabilities(request).length === 0) return;
  const known = await queue.capabilitiesOf(nodes);
  const { nodes: incapable, capabilities } = findIncapableHosts(request, nodes, known);
  if (incapable.length === 0) return;
  const folded = foldNodes(incapable);
  const lacking = capabilities.join(", ");
  throw new UserError(`agents too old for this request (${lacking}): ${folded}`, {
    hint: `upgrade nanoexec there, or leave the hosts out: -x ${folded}`,
  });
}
