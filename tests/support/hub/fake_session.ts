/**
 * A session without an agent: records the messages.
 * @module
 */
import type { Hello } from "../../../lib/envelope/statements/session_statements.ts";
import type { PublicKey } from "../../../lib/envelope/keys/public_key.ts";
import type { HubMessage } from "../../../lib/protocol/agent/messages.ts";
import type { AgentBroadcast } from "../../../lib/hub/agents/agent_session.ts";
import { hello } from "../envelope_fixtures.ts";

/** The part of a session that the hub's jobs use. */
export interface FakeSession {
  readonly name: string;
  readonly hello: Hello;
  readonly key: PublicKey;
  /** The sent messages, oldest first. */
  readonly sent: HubMessage[];
  send(message: HubMessage): boolean;
  sendBroadcast(survey: AgentBroadcast): boolean;
  flushed(): Promise<boolean>;
  takenIn(): Promise<void>;
  /** Reads all sent messages. */
  takeIn(): void;
}

/** Options that differ from an idle agent that reads everything. */
export interface FakeSessionOptions extends Partial<Hello> {
  /** Whether the agent reads too slowly to receive anything. */
  readonly stuck?: boolean;
}

/** Creates a session of the agent with `key`. */
export function fakeSession(key: PublicKey, options: FakeSessionOptions = {}): FakeSession {
  const { stuck = false, ...said } = options;
  const name = said.name ?? "web1";
  const sent: HubMessage[] = [];
  const taken = Promise.withResolvers<void>();
  return {
    name,
    key,
    sent,
    hello: { ...hello, running: [], held: [], facts: {}, ...said, name },
    send(message) {
      if (stuck) return false;
      sent.push(message);
      return true;
    },
    sendBroadcast({ message }) {
      return this.send(message);
    },
    flushed: () => Promise.resolve(!stuck),
    takenIn: () => taken.promise,
    takeIn: taken.resolve,
  };
}
