/**
 * A session with an agent that is not there: keeps what it is sent.
 * @module
 */
import type { Hello } from "../../../lib/envelope/statements/session_statements.ts";
import type { PublicKey } from "../../../lib/envelope/keys/public_key.ts";
import type { HubMessage } from "../../../lib/protocol/agent/messages.ts";
import type { AgentBroadcast } from "../../../lib/hub/agents/agent_session.ts";
import { hello } from "../envelope_fixtures.ts";

/** What the hub's jobs use of a session. */
export interface FakeSession {
  readonly name: string;
  readonly hello: Hello;
  readonly key: PublicKey;
  /** What was sent, oldest first. */
  readonly sent: HubMessage[];
  send(message: HubMessage): boolean;
  sendShared(survey: AgentBroadcast): boolean;
  flushed(): Promise<boolean>;
  takenIn(): Promise<void>;
  /** It has read all that was sent. */
  takeIn(): void;
}

/** What differs from an agent that has nothing to do and takes everything. */
export interface FakeSessionOptions extends Partial<Hello> {
  /** Whether it reads too slowly to be sent anything. */
  readonly stuck?: boolean;
}

/** Makes a session of the agent that has `key`. */
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
    sendShared({ message }) {
      return this.send(message);
    },
    flushed: () => Promise.resolve(!stuck),
    takenIn: () => taken.promise,
    takeIn: taken.resolve,
  };
}
