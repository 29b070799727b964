/**
 * Agents that prove to operators that they are there. Imports its siblings.
 * @module
 */
import type { PingAsk } from "./asks.ts";
import type { HostPlace } from "./host_answers.ts";
import type { Speaker } from "./speaker.ts";

/**
 * Asks `nodes`, or all hosts that are known when nobody is named, and says who is not attached and
 * what the others have signed; then that it has. Until it is disposed of.
 */
export function tellPing(
  { nonce }: PingAsk,
  nodes: ReadonlySet<string>,
  { place: { hub, store }, speaker }: { readonly place: HostPlace; readonly speaker: Speaker },
): Disposable {
  const named = nodes.size > 0 ? nodes : store.hosts.all().map(({ name }) => name);
  const round = hub.ping(nonce, {
    pong: ({ name, key }, envelope) => {
      speaker.say({ kind: "pong", name, key: key.base64, envelope: envelope.toBase64() });
    },
    absent: (name) => void speaker.say({ kind: "absent", name }),
  }, named);
  round.over.then(() => speaker.say({ kind: "done" }));
  return round;
}
