/**
 * Replies to calls that the hub passes straight to agents: pings, and commands of the first
 * program, which nobody has signed.
 * @module
 */
import type { PingCall, PublishCall, UnsignedHostsCall } from "../../protocol/operator/calls.ts";
import { foldInParts } from "../../protocol/operator/node_set_parts.ts";
import type { FailedReply } from "../../protocol/operator/replies.ts";
import type { Dispatcher } from "../jobs/dispatcher.ts";
import type { HostSources } from "./query_replies.ts";
import type { ReplyStream } from "./reply_stream.ts";

/**
 * Asks `nodes`, or all hosts that are known when nobody is named, and says who is not attached and
 * what the others have signed; then that it has. Until it is disposed of.
 */
export function replyPing(
  { nonce }: PingCall,
  nodes: ReadonlySet<string>,
  { sources: { hub, store }, replies }: {
    readonly sources: HostSources;
    readonly replies: ReplyStream;
  },
): Disposable {
  const named = nodes.size > 0 ? nodes : store.hosts.all().map(({ name }) => name);
  const round = hub.ping(nonce, {
    pong: ({ name, key }, envelope) => {
      replies.send({ kind: "pong", name, key: key.base64, envelope: envelope.toBase64() });
    },
    absent: (name) => void replies.send({ kind: "absent", name }),
  }, named);
  round.over.then(() => replies.send({ kind: "done" }));
  return round;
}

/** What a hub that was not started so says to unsigned commands. */
export const SIGNED_ONLY: Omit<FailedReply, "kind"> = {
  code: "refused",
  message: "this hub passes on signed commands only",
  hint: "leave --insecure out; or start the hub with --insecure, or be the queue with --listen",
};

/** Says who runs unsigned commands, then that it has. */
export function replyUnsignedHosts(
  { node }: UnsignedHostsCall,
  hub: Dispatcher,
  replies: ReplyStream,
): void {
  const session = node === undefined ? undefined : hub.roster.get(node);
  if (node !== undefined && !session) replies.send({ kind: "absent", name: node });
  const asked = node === undefined ? [...hub.roster] : session ? [session] : [];
  const willing = asked.filter(({ hello }) => hello.insecure).map(({ name }) => name);
  for (const names of foldInParts(willing)) replies.send({ kind: "nodes", names });
  replies.send({ kind: "nameless", count: hub.legacyAgents });
  replies.send({ kind: "done" });
}

/**
 * Sends a command to the agents of the first program, and says to how many.
 * @throws {EnvelopeError} `legacy` if their wire cannot carry it
 */
export function replyPublished(
  { host, command }: PublishCall,
  hub: Dispatcher,
  replies: ReplyStream,
): void {
  const { sent } = hub.publish({ host, command });
  replies.send({ kind: "nameless", count: sent });
  replies.send({ kind: "done" });
}
