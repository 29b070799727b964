/**
 * `nanotrigger hosts` and `nanotrigger hosts forget`: the hosts that a hub knows, or without a hub
 * the agents whose keys are stored here.
 * @module
 */
import { fingerprint, type PublicKey } from "../../envelope/keys/public_key.ts";
import { sortNodeNames } from "../../nodeset/sets/node_name.ts";
import { foldNodes, parseNodeSet } from "../../nodeset/sets/node_set.ts";
import { selectNodes, type Target } from "../../nodeset/mod.ts";
import {
  forgetHosts as forgetAtHub,
  type HostInfo,
  listHosts,
} from "../../trigger/queue/hub_queries.ts";
import type { RemoteQueue } from "../../trigger/queue/remote_queue.ts";
import { UserError } from "../../base/errors.ts";
import { EXIT_OK } from "../process/exit_code.ts";
import { readKnownAgents } from "../keys/known_agents.ts";
import type { ForgetHostsOptions, HostsOptions } from "./hosts_options.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import { CommandResources, groupSourcesWithJobs } from "../session/command_resources.ts";
import { hostLines, hostRows, hostsJson } from "../render/hub_tables.ts";
import { safeJson } from "../terminal/escape.ts";
import { readTarget } from "../targets/read_target.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { withHubIfAny } from "../session/with_queue.ts";

/** Prints the hosts; resolves with the exit status. */
export async function printHosts(options: HostsOptions, terminal: Terminal): Promise<number> {
  const paths = findInstallationPaths();
  await using resources = new CommandResources(options, terminal);
  const only = await selectedTarget(options, resources);
  const known = new Map(await readKnownAgents(paths.knownAgentsFile));
  return await withHubIfAny(resources, async ({ queue, signal }) => {
    if (!queue) return await printKnownKeys(known, { ...options, only }, terminal);
    const all = await listHosts(queue, { facts: options.facts || only !== undefined }, signal);
    const hosts = all.filter((host) => !only || matchesTarget(only, host));
    const shown = options.facts ? hosts : hosts.map(({ facts: _facts, ...host }) => host);
    if (options.json) await terminal.print(safeJson(hostsJson(shown), 2));
    else {
      const lines = options.long ? hostRows(shown, Date.now()) : hostLines(shown, Date.now());
      for (const line of lines) await terminal.print(line);
    }
    return EXIT_OK;
  });
}

async function selectedTarget(
  options: HostsOptions,
  resources: CommandResources,
): Promise<Target | undefined> {
  const { sets } = options;
  if (sets.length === 0) return undefined;
  const base = { kind: "sets", sets } as const;
  const choice = { base, exclude: [], facts: [], select: undefined, limit: undefined };
  return await readTarget(choice, groupSourcesWithJobs(resources));
}

function matchesTarget(
  target: Target,
  { name, facts = {} }: Pick<HostInfo, "name" | "facts">,
): boolean {
  return selectNodes(target, [{ name, facts: new Map(Object.entries(facts)) }]).length > 0;
}

/** Prints names and fingerprints only, because no hub runs that knows more. */
async function printKnownKeys(
  known: ReadonlyMap<string, PublicKey>,
  { only, json }: { readonly only: Target | undefined; readonly json: boolean },
  terminal: Terminal,
): Promise<number> {
  const names = sortNodeNames([...known.keys()]).filter((name) =>
    !only || matchesTarget(only, { name })
  );
  const keys = names.flatMap((host) => {
    const key = known.get(host);
    return key ? [{ host, key: fingerprint(key) }] : [];
  });
  if (json) await terminal.print(safeJson({ hosts: keys }, 2));
  else for (const { host, key } of keys) await terminal.print(`${host} ${key}`);
  return EXIT_OK;
}

/** Forgets hosts here and at the hub, so that they may attach with new keys. */
export async function forgetHosts(
  options: ForgetHostsOptions,
  terminal: Terminal,
): Promise<number> {
  await using resources = new CommandResources(options, terminal);
  const known = await readKnownAgents(findInstallationPaths().knownAgentsFile);
  const names = [...parseNodeSet(options.sets.join(","))];
  return await withHubIfAny(resources, async ({ queue, signal }) => {
    const knownToHub = queue ? await hostsKnownToHub(queue, signal) : new Set<string>();
    const unknown = names.filter((name) => !known.get(name) && !knownToHub.has(name));
    if (unknown.length > 0) throw new UserError(`${foldNodes(unknown)}: unknown host`);
    names.forEach((name) => known.forget(name));
    if (queue) await forgetAtHub(queue, names, signal);
    terminal.note(`${foldNodes(names)}: forgotten`);
    return EXIT_OK;
  });
}

async function hostsKnownToHub(
  queue: RemoteQueue,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  return new Set((await listHosts(queue, { facts: false }, signal)).map(({ name }) => name));
}
