/**
 * Tables of the hosts and jobs of a hub, in words and as JSON.
 * @module
 */
import { fingerprint, publicKeyFromBase64 } from "../../envelope/keys/public_key.ts";
import { sortNodeNames } from "../../nodeset/sets/node_name.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import type { HostInfo, JobInfo } from "../../trigger/queue/hub_queries.ts";
import { escapeText } from "../terminal/escape.ts";
import { ageText } from "./units.ts";

/** Returns lines with aligned columns, two spaces apart. The last column is not padded. */
export function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
  }
  return rows.map((row) =>
    row.map((cell, index) => index < row.length - 1 ? cell.padEnd(widths[index] ?? 0) : cell)
      .join("  ").trimEnd()
  );
}

/** The number of id digits that distinguish jobs. */
const SHORT_ID = 8;
/** The number of fingerprint characters that distinguish operators. */
const SHORT_KEY = 8;
const MAX_COMMAND = 200;

/** The states in the order of the output. */
const STATES: readonly (readonly [state: string, word: string])[] = [
  ["ok", "ok"],
  ["failed", "failed"],
  ["refused", "refused"],
  ["lost", "lost"],
  ["skipped", "skipped"],
  ["started", "running"],
  ["unconfirmed", "unconfirmed"],
  ["delivered", "waiting"],
  ["pending", "pending"],
];

/** Returns the beginning of a job's id, which is enough to name the job. */
export function shortId(id: string): string {
  return id.slice(0, SHORT_ID);
}

/** Returns a heading and one line per job; nothing without jobs. `now` is in Unix milliseconds. */
export function jobLines(jobs: readonly JobInfo[], now: number): readonly string[] {
  if (jobs.length === 0) return [];
  const rows = jobs.map((job) => [
    shortId(job.id),
    ageText(now - job.submitted),
    operatorText(job.by),
    stateCountsText(job.counts),
    escapeText(job.summary, MAX_COMMAND),
  ]);
  return tableLines([["ID", "AGE", "BY", "HOSTS", "COMMAND"], ...rows]);
}

/** Formats `10 ok, 2 failed, 1 running`. */
export function stateCountsText(counts: JobInfo["counts"]): string {
  const parts = STATES.flatMap(([state, word]) => {
    const count = counts[state] ?? 0;
    return count > 0 ? [`${count} ${word}`] : [];
  });
  return parts.length > 0 ? parts.join(", ") : "no hosts";
}

/** Returns the beginning of the fingerprint of each signing key. */
function operatorText(by: string): string {
  const keys = by.split(" ").map((key) => key.replace(/^SHA256:/, "").slice(0, SHORT_KEY));
  return escapeText(keys.join("+"), MAX_COMMAND);
}

const MAX_FACT = 200;

/**
 * Returns hosts folded by state: `attached (12): web[01-12]`, `detached for 3h: db1`. The longest
 * detached hosts are last. `now` is in Unix milliseconds.
 */
export function hostLines(hosts: readonly HostInfo[], now: number): readonly string[] {
  const groups = new Map<string, string[]>();
  const inOrder = [...hosts].sort((a, b) =>
    Number(b.attached) - Number(a.attached) || (a.attached ? 0 : b.since - a.since)
  );
  for (const host of inOrder) {
    const state = host.attached ? "attached" : `detached for ${ageText(now - host.since)}`;
    groups.set(state, [...groups.get(state) ?? [], host.name]);
  }
  return [...groups].map(([state, names]) => {
    const count = names.length > 1 ? ` (${names.length})` : "";
    return `${state}${count}: ${foldNodes(names)}`;
  });
}

/**
 * Returns a heading and one line per host, optionally with its facts. `now` is in Unix
 * milliseconds.
 */
export function hostRows(hosts: readonly HostInfo[], now: number): readonly string[] {
  if (hosts.length === 0) return [];
  const rows = sortedHosts(hosts).map((host) => [
    host.name,
    `${host.attached ? "attached" : "detached"} ${ageText(now - host.since)}`,
    escapeText(host.version, MAX_FACT),
    keyText(host.key),
    ...(host.facts ? [factsText(host.facts)] : []),
  ]);
  const facts = hosts.some((host) => host.facts) ? ["FACTS"] : [];
  return tableLines([["HOST", "STATE", "AGENT", "KEY", ...facts], ...rows]);
}

/** Returns the hosts as JSON; times in Unix milliseconds. */
export function hostsJson(hosts: readonly HostInfo[]): Record<string, unknown> {
  return {
    hosts: sortedHosts(hosts).map((
      { name: host, version, attached, since, firstSeen, key, remote, facts },
    ) => ({
      host,
      state: attached ? "attached" : "away",
      sinceMs: since,
      firstSeenMs: firstSeen,
      key: keyText(key),
      version,
      ...(remote !== undefined && { remote }),
      ...(facts && { facts }),
    })),
  };
}

function sortedHosts(hosts: readonly HostInfo[]): readonly HostInfo[] {
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
