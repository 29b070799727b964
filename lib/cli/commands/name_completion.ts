/**
 * Completes host, group and job names for the shell, from a hub and local files. It runs at every
 * key press, so it returns within half a second and prints nothing if it finds no names.
 * @module
 */
import { UserError } from "../../base/errors.ts";
import { sortNodeNames } from "../../nodeset/sets/node_name.ts";
import { ipc } from "../../sp/mod.ts";
import { listHosts, listJobs } from "../../trigger/queue/hub_queries.ts";
import { openRemoteQueue, type RemoteQueue } from "../../trigger/queue/remote_queue.ts";
import { escapeText } from "../terminal/escape.ts";
import { listGroups } from "../targets/groups.ts";
import { readKnownAgents } from "../keys/known_agents.ts";
import type { CompletedName, NameQuery } from "../args/command.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import { shortId } from "../render/hub_tables.ts";
import { VERSION } from "../process/build_info.ts";

/** The maximum wait, in milliseconds. Completion must not delay typing. */
const MAX_WAIT_MS = 500;
/** Longer lists are not useful. */
const MAX_NAMES = 200;
const MAX_SUMMARY = 60;

/**
 * Finds the names that complete a word; none after half a second. In a set, only the part after the
 * last comma is completed.
 */
export async function findNames(query: NameQuery): Promise<readonly CompletedName[]> {
  const { kind, typed } = query;
  const start = kind === "hosts" ? typed.lastIndexOf(",") + 1 : 0;
  const [before, part] = [typed.slice(0, start), typed.slice(start)];
  const all = await knownNames({ ...query, typed: part }).catch(() => []);
  return all.filter(({ text }) => text.startsWith(part)).slice(0, MAX_NAMES)
    .map((name) => ({ ...name, text: before + name.text }));
}

async function knownNames({ kind, typed, hub }: NameQuery): Promise<readonly CompletedName[]> {
  if (kind === "groups" || typed.startsWith("@")) {
    const groups = await listGroups(findInstallationPaths().groups);
    return groups.map((group) => ({ text: kind === "groups" ? group.slice(1) : group }));
  }
  await using queue = await connect(hub);
  if (kind === "jobs") return queue ? await jobNames(queue) : [];
  const names = queue
    ? (await listHosts(queue, { facts: false })).map(({ name }) => name)
    : [...await readKnownAgents(findInstallationPaths().knownAgentsFile)].map(([name]) => name);
  return sortNodeNames(names).map((text) => ({ text }));
}

async function jobNames(queue: RemoteQueue): Promise<readonly CompletedName[]> {
  const jobs = await listJobs(queue, { limit: MAX_NAMES });
  return [
    ...(jobs.length > 0 ? [{ text: "last" }] : []),
    ...jobs.map(({ id, summary }) => ({
      text: shortId(id),
      about: escapeText(summary, MAX_SUMMARY),
    })),
  ];
}

/**
 * Connects to the first hub that runs and needs no login, because completion cannot ask for a
 * passphrase.
 */
async function connect(hub: string | undefined): Promise<RemoteQueue | undefined> {
  const urls = hub === undefined
    ? findInstallationPaths().controlSockets.map((path) => `ipc://${path}`)
    : [hub];
  for (const url of urls) {
    const queue = await openRemoteQueue({
      url,
      transports: [ipc],
      version: VERSION,
      key: () => Promise.reject(new UserError("hub requires a login")),
      pins: new Map(),
    }, AbortSignal.timeout(MAX_WAIT_MS)).catch(() => undefined);
    if (queue) return queue;
  }
  return undefined;
}
