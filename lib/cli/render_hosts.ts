/**
 * Hosts in words and as JSON. Pure; imports `envelope`, `nodeset` and `trigger`.
 * @module
 */
import { fingerprint, publicKeyFromBase64 } from "../envelope/keys/public_key.ts";
import { sortNodeNames } from "../nodeset/sets/node_name.ts";
import { foldNodes } from "../nodeset/sets/node_set.ts";
import type { HostInfo } from "../trigger/queue/hub_queries.ts";
import { ageText } from "./age.ts";
import { escapeText } from "./escape.ts";
import { tableLines } from "./render_table.ts";

const MAX_FACT = 200;

/**
 * Folded by state: `attached (12): web[01-12]`, `away for 3h: db1`, those last that are away for
 * longest. `now` is in Unix milliseconds.
 */
export function hostLines(hosts: readonly HostInfo[], now: number): readonly string[] {
  const groups = new Map<string, string[]>();
  const inOrder = [...hosts].sort((a, b) =>
    Number(b.attached) - Number(a.attached) || (a.attached ? 0 : b.since - a.since)
  );
  for (const host of inOrder) {
    const state = host.attached ? "attached" : `away for ${ageText(now - host.since)}`;
    groups.set(state, [...groups.get(state) ?? [], host.name]);
  }
  return [...groups].map(([state, names]) => {
    const count = names.length > 1 ? ` (${names.length})` : "";
    return `${state}${count}: ${foldNodes(names)}`;
  });
}

/** One line for each host below a heading, with its facts at the end if they were asked for. */
export function hostRows(hosts: readonly HostInfo[], now: number): readonly string[] {
  if (hosts.length === 0) return [];
  const rows = sorted(hosts).map((host) => [
    host.name,
    `${host.attached ? "attached" : "away"} ${ageText(now - host.since)}`,
    escapeText(host.version, MAX_FACT),
    keyText(host.key),
    ...(host.facts ? [factsText(host.facts)] : []),
  ]);
  const facts = hosts.some((host) => host.facts) ? ["FACTS"] : [];
  return tableLines([["HOST", "STATE", "AGENT", "KEY", ...facts], ...rows]);
}

/** The same for programs; times in Unix milliseconds. */
export function hostsJson(hosts: readonly HostInfo[]): Record<string, unknown> {
  return {
    hosts: sorted(hosts).map(({ name: host, attached, since, firstSeen, key, ...rest }) => ({
      host,
      state: attached ? "attached" : "away",
      sinceMs: since,
      firstSeenMs: firstSeen,
      key: keyText(key),
      ...rest,
    })),
  };
}

function sorted(hosts: readonly HostInfo[]): readonly HostInfo[] {
  const byName = new Map(hosts.map((host) => [host.name, host]));
  return sortNodeNames([...byName.keys()]).flatMap((name) => byName.get(name) ?? []);
}

function keyText(base64: string): string {
  return fingerprint(publicKeyFromBase64(base64));
}

function factsText(facts: Readonly<Record<string, string>>): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name}=${escapeText(value, MAX_FACT)}`).join(" ");
}
