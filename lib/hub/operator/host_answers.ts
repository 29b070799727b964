/**
 * The hosts that a hub knows, for operators. Imports its siblings.
 * @module
 */
import type { AgentSession } from "../agent_session.ts";
import type { HostBook } from "../host_book.ts";
import type { Hub } from "../hub.ts";
import type { HostRecord } from "../store/host_table.ts";
import type { HubStore } from "../store/hub_store.ts";
import type { HostAnswer } from "./host_answer.ts";
import type { HostsAsk } from "./inquiries.ts";
import type { Speaker } from "./speaker.ts";

/** Where to look. */
export interface HostPlace {
  /** Where agents attach. */
  readonly hub: Hub;
  /** What is written down of them. */
  readonly store: HubStore;
  /** Who writes it down. */
  readonly book: HostBook;
}

/** Where to look, and whom it is said to. */
export interface HostListener {
  /** Where to look. */
  readonly place: HostPlace;
  /** Whom it is said to. */
  readonly speaker: Speaker;
}

/**
 * Says the hosts that are `named`, or all if none is, then that it has; goes on with what changes, if
 * asked, until disposed of.
 */
export function tellHosts(
  ask: HostsAsk,
  named: ReadonlySet<string>,
  { place, speaker }: HostListener,
): Disposable {
  const { hub, store, book } = place;
  const tell = (record: HostRecord) => {
    speaker.say(hostAnswer(record, hub.roster.get(record.name), ask));
  };
  const tellOf = (name: string) => {
    const record = store.hosts.get(name);
    if (record) tell(record);
  };
  if (named.size > 0) named.forEach(tellOf);
  else store.hosts.all().forEach(tell);
  speaker.say({ kind: "done" });
  if (!ask.watch) return { [Symbol.dispose]() {} };
  return book.watch((name) => {
    if (named.size === 0 || named.has(name)) tellOf(name);
  });
}

/** What is said of a host. */
export function hostAnswer(
  record: HostRecord,
  session: AgentSession | undefined,
  { facts }: Pick<HostsAsk, "facts">,
): HostAnswer {
  const { name, key, version, firstSeen, attachedSince, awaySince } = record;
  return {
    kind: "host",
    name,
    key,
    version,
    attached: session !== undefined,
    since: attachedSince ?? awaySince ?? firstSeen,
    firstSeen,
    ...(session && { remote: session.remote }),
    ...(facts && { facts: record.facts }),
  };
}
