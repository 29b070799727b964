/**
 * Replies to calls that the hub passes straight to agents: pings, and unsigned commands for legacy
 * agents.
 * @module
 */
import {
  foldInParts,
  type PingCall,
  type PublishCall,
  type UnsignedHostsCall,
} from "../../protocol/operator/calls.ts";
import type { FailedReply } from "../../protocol/operator/replies.ts";
import type { Dispatcher } from "../jobs/dispatcher.ts";
import type { HostSources } from "./query_replies.ts";
import type { ReplyStream } from "./reply_stream.ts";

/**
 * Pings `nodes`, or all known hosts if none is named, and replies with absent hosts and pongs. Then
 * it replies that it is done. Disposing stops it.
 */
export function replyPing(
  { nonce }: PingCall,
  nodes: ReadonlySet<string>,
  { sources: { dispatcher, store }, replies }: {
    readonly sources: HostSources;
    readonly replies: ReplyStream;
  },
): Disposable {
  const named = nodes.size > 0 ? nodes : store.hosts.all().map(({ name }) => name);
  const round = dispatcher.ping(nonce, {
    pong: ({ name, key }, envelope) => {
      replies.send({ kind: "pong", name, key: key.base64, envelope: envelope.toBase64() });
    },
    absent: (name) => void replies.send({ kind: "absent", name }),
  }, named);
  round.over.then(() => replies.send({ kind: "done" }));
  return round;
}

/** The reply to unsigned commands from a hub without `--insecure`. */
export const SIGNED_ONLY: Omit<FailedReply, "kind"> = {
  code: "refused",
  message: "this hub accepts signed commands only",
  hint: "omit --insecure, start the hub with --insecure, or run without a hub: --listen",
};

/** Replies with the hosts that run unsigned commands, then that it is done. */
export function replyUnsignedHosts(
  { node }: UnsignedHostsCall,
  dispatcher: Dispatcher,
  replies: ReplyStream,
): void {
  const session = node === undefined ? undefined : dispatcher.roster.get(node);
  if (node !== undefined && !session) replies.send({ kind: "absent", name: node });
  const candidates = node === undefined ? [...dispatcher.roster] : session ? [session] : [];
  const willing = candidates.filter(({ hello }) => hello.insecure).map(({ name }) => name);
  for (const names of foldInParts(willing)) replies.send({ kind: "nodes", names });
  replies.send({ kind: "nameless", count: dispatcher.legacyAgents });
  replies.send({ kind: "done" });
}

/**
 * Sends a command to the legacy agents, and replies with their number.
 * @throws {EnvelopeError} `legacy` if their protocol cannot carry it
 */
export function replyPublished(
  { host, command }: PublishCall,
  dispatcher: Dispatcher,
  replies: ReplyStream,
): void {
  const { sent } = dispatcher.publish({ host, command });
  replies.send({ kind: "nameless", count: sent });
  replies.send({ kind: "done" });
}
