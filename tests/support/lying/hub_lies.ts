/**
 * The lies of a hub, as changes to its messages. A seed decides which message suffers which lie, so
 * a failure can be repeated. Hellos, logins and greetings pass unharmed: without them there would be
 * no session to lie in.
 * @module
 */
import { concat } from "../../../lib/base/bytes.ts";
import { EnvelopeError } from "../../../lib/envelope/errors.ts";
import { readUnverified } from "../../../lib/envelope/signing/unverified_envelope.ts";
import { releaseType } from "../../../lib/envelope/statements/directive.ts";
import { requestType } from "../../../lib/envelope/statements/request.ts";
import { helloType } from "../../../lib/envelope/statements/session_statements.ts";
import {
  type AgentMessage,
  decodeAgentMessage,
  decodeHubMessage,
  encodeAgentMessage,
  encodeHubMessage,
  type HubMessage,
} from "../../../lib/protocol/agent/messages.ts";
import { decodeCall, encodeCall, type OperatorCall } from "../../../lib/protocol/operator/calls.ts";
import { decodeReply, encodeReply, type HubReply } from "../../../lib/protocol/operator/replies.ts";
import type { Random } from "./seeded_random.ts";
import type { LyingConnection, MessageLiar, PassingMessage } from "./lying_proxy.ts";

/** Options of a liar. */
export interface LiarOptions {
  readonly random: Random;
  /** The share of messages that suffer a lie, between 0 and 1. */
  readonly rate: number;
  /** The names of the lies that are told; all by default. */
  readonly only?: ReadonlySet<string>;
  /** The names of lies that are not told. */
  readonly except?: ReadonlySet<string>;
  /** The longest delay of a message, in milliseconds. */
  readonly maxDelayMs: number;
  /** Aborted when no delayed message is to be sent any more. */
  readonly signal: AbortSignal;
}

/** The context of one lie. */
interface LieContext<Message> {
  readonly passing: PassingMessage;
  readonly message: Message;
  readonly hub: LyingHubState;
}

/** A lie: returns whether it applies to the message, and then decides whether it is passed on. */
type Lie<Message> = (context: LieContext<Message>) => boolean;

/** The messages that a hub has seen, which it can repeat elsewhere. */
export class LyingHubState {
  readonly options: LiarOptions;
  /** How often each lie was told. */
  readonly told: Map<string, number> = new Map();
  /** The connections of agents. */
  readonly agents: Set<LyingConnection> = new Set();
  /** Signed requests and directives, newest last. */
  readonly sealed: Uint8Array[] = [];
  /** Signed results, newest last. */
  readonly results: Uint8Array[] = [];
  /** Signed releases, newest last. */
  readonly releases: Uint8Array[] = [];
  /** The ids of requests, newest last. */
  readonly ids: string[] = [];
  /** Blocks of standard input, newest last. */
  readonly inputs: Extract<HubMessage, { readonly kind: "input" }>[] = [];

  constructor(options: LiarOptions) {
    this.options = options;
  }

  /** Lies about the messages between hub and agents. */
  get betweenAgents(): MessageLiar {
    return (passing) => {
      if (passing.to === "server") this.#fromAgent(passing);
      else this.#lie(passing, decodeHubMessage, HUB_LIES, (message) => this.#noteHub(message));
    };
  }

  /** Lies about the messages between hub and operators. */
  get betweenOperators(): MessageLiar {
    return (passing) => {
      if (passing.to === "server") this.#lie(passing, decodeCall, CALL_LIES, () => {});
      else this.#lie(passing, decodeReply, REPLY_LIES, () => {});
    };
  }

  /** Returns one of `items` at random. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.options.random() * items.length)];
  }

  /** Returns a delay in milliseconds. */
  delayMs(): number {
    return this.options.random() * this.options.maxDelayMs;
  }

  /** Does `action` after `ms` milliseconds. */
  later(ms: number, action: () => void): void {
    const { signal } = this.options;
    if (signal.aborted) return;
    const timer = setTimeout(action, ms);
    signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  }

  #fromAgent(passing: PassingMessage): void {
    this.agents.add(passing.connection);
    const name = helloName(passing.body);
    if (name === undefined) {
      return this.#lie(passing, decodeAgentMessage, AGENT_LIES, (message) => {
        if (message.kind === "sealed") remember(this.results, message.envelope);
      });
    }
    passing.connection.name = name;
    passing.pass();
  }

  #noteHub(message: HubMessage): void {
    if (message.kind === "input") return remember(this.inputs, message);
    if (message.kind !== "sealed") return;
    remember(this.sealed, message.envelope);
    if (isRelease(message.envelope)) remember(this.releases, message.envelope);
    const id = requestId(message.envelope);
    if (id !== undefined) remember(this.ids, id);
  }

  #lie<Message>(
    passing: PassingMessage,
    decode: (bytes: Uint8Array) => Message,
    lies: Readonly<Record<string, Lie<Message>>>,
    note: (message: Message) => void,
  ): void {
    const message = decoded(passing.body, decode);
    if (message === undefined || isHandshake(message)) return passing.pass();
    note(message);
    const { random, rate, only, except } = this.options;
    if (random() >= rate) return passing.pass();
    const names = Object.keys(lies).filter((name) =>
      (only?.has(name) ?? true) && !except?.has(name)
    );
    const name = this.pick(names);
    const isTold = name !== undefined && lies[name]?.({ passing, message, hub: this });
    if (!isTold) return passing.pass();
    this.told.set(name, (this.told.get(name) ?? 0) + 1);
  }
}

const MOST_REMEMBERED = 64;

function remember<T>(items: T[], item: T): void {
  if (items.push(item) > MOST_REMEMBERED) items.shift();
}

function decoded<T>(bytes: Uint8Array, decode: (bytes: Uint8Array) => T): T | undefined {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof EnvelopeError) return undefined;
    throw error;
  }
}

function helloName(bytes: Uint8Array): string | undefined {
  return decoded(bytes, (body) => readUnverified(body, helloType).claimed.name);
}

function requestId(envelope: Uint8Array): string | undefined {
  return decoded(envelope, (body) => readUnverified(body, requestType).claimed.id);
}

function isRelease(envelope: Uint8Array): boolean {
  return decoded(envelope, (body) => readUnverified(body, releaseType)) !== undefined;
}

const HANDSHAKE_KINDS: ReadonlySet<string> = new Set(["welcome", "greeting", "login", "hello"]);

function isHandshake(message: unknown): boolean {
  const { kind } = message as { readonly kind: string };
  return HANDSHAKE_KINDS.has(kind);
}

/** What any message can suffer. */
const WIRE_LIES = {
  drop: () => true,
  delay: ({ passing, hub }: LieContext<unknown>) => {
    hub.later(hub.delayMs(), () => passing.pass());
    return true;
  },
  repeat: ({ passing }: LieContext<unknown>) => {
    passing.pass();
    passing.pass();
    return true;
  },
  "repeat later": ({ passing, hub }: LieContext<unknown>) => {
    passing.pass();
    hub.later(hub.delayMs(), () => passing.pass());
    return true;
  },
} as const;

/** Lies to agents. */
const HUB_LIES: Readonly<Record<string, Lie<HubMessage>>> = {
  ...WIRE_LIES,
  drop: ({ message }) => message.kind === "credit" || message.kind === "ack",
  "send elsewhere": ({ passing, message, hub }) => {
    if (message.kind !== "sealed") return false;
    passing.pass();
    for (const other of hub.agents) other.send("client", passing.body);
    return true;
  },
  "send something old": ({ passing, message, hub }) => {
    const old = message.kind === "sealed" ? hub.pick(hub.sealed) : undefined;
    if (old) passing.pass(old);
    return old !== undefined;
  },
  "release everywhere": ({ passing, message, hub }) => {
    if (message.kind !== "sealed") return false;
    const send = () => {
      for (const release of hub.releases) {
        for (const agent of hub.agents) agent.send("client", release);
      }
    };
    send();
    passing.pass();
    hub.later(hub.delayMs(), send);
    return true;
  },
  "release first": ({ passing, message, hub }) => {
    if (message.kind !== "sealed" || isRelease(message.envelope)) return false;
    hub.later(hub.delayMs(), () => passing.pass());
    return true;
  },
  "strip secrets": ({ passing, message, hub }) => {
    if (message.kind !== "sealed" || !message.secrets) return false;
    passing.pass(message.envelope);
    hub.later(hub.delayMs(), () => passing.pass());
    return true;
  },
  "alter the request": ({ passing, message, hub }) => {
    if (message.kind !== "sealed") return false;
    passing.pass(flipped(passing.body, hub.options.random));
    hub.later(hub.delayMs(), () => passing.pass());
    return true;
  },
  "forge an acknowledgement": ({ passing, message, hub }) => {
    if (message.kind !== "sealed") return false;
    const id = requestId(message.envelope) ?? hub.pick(hub.ids);
    if (id === undefined) return false;
    const ack = encodeHubMessage({ kind: "ack", id });
    passing.pass();
    for (const ms of [0, 5, 50, 500]) hub.later(ms, () => passing.pass(ack));
    hub.later(600, () => passing.pass());
    return true;
  },
  "forge credit": ({ passing, hub }) => {
    const id = hub.pick(hub.ids);
    if (id === undefined) return false;
    passing.pass(encodeHubMessage({ kind: "credit", id, received: 2 ** 40 }));
    passing.pass();
    return true;
  },
  "alter input": ({ passing, message, hub }) => {
    if (message.kind !== "input") return false;
    const bytes = flipped(message.bytes, hub.options.random);
    passing.pass(encodeHubMessage({ ...message, bytes }));
    return true;
  },
  "move input": ({ passing, message }) => {
    if (message.kind !== "input") return false;
    passing.pass(encodeHubMessage({ ...message, offset: message.offset + message.bytes.length }));
    return true;
  },
  "skip input": ({ message }) => message.kind === "input",
  "give other input": ({ passing, message, hub }) => {
    const other = message.kind === "input" ? hub.pick(hub.inputs) : undefined;
    if (message.kind !== "input" || !other) return false;
    passing.pass(encodeHubMessage({ ...other, id: message.id }));
    passing.pass(encodeHubMessage({ ...other, id: message.id, offset: message.offset }));
    passing.pass();
    return true;
  },
  "end input": ({ passing, message }) => {
    if (message.kind !== "input") return false;
    passing.pass(encodeHubMessage({ ...message, bytes: new Uint8Array() }));
    return true;
  },
};

/** Lies about what agents say. */
const AGENT_LIES: Readonly<Record<string, Lie<AgentMessage>>> = {
  ...WIRE_LIES,
  drop: ({ message }) => message.kind === "delivered" || message.kind === "started",
  "swap results": ({ passing, message, hub }) => {
    const other = message.kind === "sealed" ? hub.pick(hub.results) : undefined;
    if (!other) return false;
    passing.pass(other);
    hub.later(hub.delayMs(), () => passing.pass());
    return true;
  },
  "alter output": ({ passing, message, hub }) => {
    if (message.kind !== "output") return false;
    const bytes = flipped(message.bytes, hub.options.random);
    passing.pass(concat(encodeAgentMessage({ ...message, bytes })));
    return true;
  },
  "invent progress": ({ passing, hub }) => {
    const id = hub.pick(hub.ids);
    const kind = hub.pick(["delivered", "started", "unconfirmed"] as const);
    if (id === undefined || kind === undefined) return false;
    passing.pass(concat(encodeAgentMessage({ kind, id })));
    passing.pass();
    return true;
  },
  "invent a need for input": ({ passing, hub }) => {
    const id = hub.pick(hub.ids);
    if (id === undefined) return false;
    passing.pass(concat(encodeAgentMessage({ kind: "fed", id, taken: 0 })));
    passing.pass();
    return true;
  },
};

/** Lies to operators. */
const REPLY_LIES: Readonly<Record<string, Lie<HubReply>>> = {
  ...WIRE_LIES,
  drop: ({ message }) => message.kind === "output",
  "invent a state": ({ passing, message, hub }) => {
    if (message.kind !== "state") return false;
    const kinds = ["pending", "delivered", "started", "unconfirmed", "lost", "expired", "skipped"];
    const state = hub.pick(kinds) as typeof message.state;
    const { result: _none, ...rest } = message;
    passing.pass(concat(encodeReply({ ...rest, state, ...(state === "lost" && { reason: "?" }) })));
    hub.later(hub.delayMs(), () => passing.pass());
    return true;
  },
  "speak of another host": ({ passing, message, hub }) => {
    if (message.kind !== "state" && message.kind !== "output") return false;
    const names = [...hub.agents].flatMap(({ name }) => name ?? []);
    const node = hub.pick([...names, "invented"]) ?? message.node;
    passing.pass(concat(encodeReply({ ...message, node })));
    passing.pass();
    return true;
  },
  "swap results": ({ passing, message, hub }) => {
    if (message.kind !== "state" || message.state !== "ended") return false;
    const result = hub.pick(hub.results)?.toBase64();
    if (result === undefined) return false;
    passing.pass(concat(encodeReply({ ...message, result })));
    return true;
  },
  "alter output": ({ passing, message, hub }) => {
    if (message.kind !== "output") return false;
    const bytes = flipped(message.bytes, hub.options.random);
    passing.pass(concat(encodeReply({ ...message, bytes })));
    return true;
  },
  "say that it is over": ({ passing }) => {
    passing.pass(concat(encodeReply({ kind: "over" })));
    passing.pass();
    return true;
  },
  "ask for input again": ({ passing, message }) => {
    if (message.kind !== "need") return false;
    passing.pass();
    passing.pass(concat(encodeReply({ kind: "need", start: 0, offset: 0 })));
    passing.pass();
    return true;
  },
  "ask for input elsewhere": ({ passing, message, hub }) => {
    if (message.kind !== "need") return false;
    const offset = Math.floor(hub.options.random() * (message.offset + 100_000));
    const start = hub.pick([0, message.offset]) ?? 0;
    passing.pass(concat(encodeReply({ kind: "need", start, offset })));
    passing.pass();
    return true;
  },
  "ask for input at once": ({ passing, message }) => {
    if (message.kind !== "need") return false;
    for (let index = 0; index < 3; index++) passing.pass();
    return true;
  },
  "invent hosts": ({ passing, message, hub }) => {
    if (message.kind !== "nodes") return false;
    const names = [...hub.agents].flatMap(({ name }) => name ?? []);
    passing.pass(concat(encodeReply({ kind: "nodes", names: hub.pick(names) ?? "invented" })));
    return true;
  },
};

/** Lies about what operators want. */
const CALL_LIES: Readonly<Record<string, Lie<OperatorCall>>> = {
  ...WIRE_LIES,
  drop: ({ message }) => message.kind === "cancel" || message.kind === "release",
  "name other hosts": ({ passing, message, hub }) => {
    if (message.kind !== "nodes") return false;
    const names = [...hub.agents].flatMap(({ name }) => name ?? []).join(",");
    passing.pass(encodeCall({ kind: "nodes", names }));
    return true;
  },
  "release all": ({ passing, message, hub }) => {
    if (message.kind !== "submit" || !message.held) return false;
    passing.pass(encodeCall({ ...message, held: false }));
    hub.later(0, () => {});
    return true;
  },
  "release with an old signature": ({ passing, message, hub }) => {
    const old = message.kind === "release" ? hub.pick(hub.releases) : undefined;
    if (message.kind !== "release" || !old) return false;
    passing.pass(encodeCall({ ...message, envelope: old.toBase64() }));
    return true;
  },
  "release without a signature": ({ passing, message }) => {
    if (message.kind !== "release") return false;
    const { envelope: _none, ...unsigned } = message;
    passing.pass(encodeCall(unsigned));
    return true;
  },
  "submit something old": ({ passing, message, hub }) => {
    const old = message.kind === "submit" ? hub.pick(hub.sealed) : undefined;
    if (message.kind !== "submit" || !old) return false;
    passing.pass(encodeCall({ ...message, message: old.toBase64() }));
    return true;
  },
  "wait for ever": ({ passing, message }) => {
    if (message.kind !== "submit") return false;
    passing.pass(encodeCall({ ...message, deliverMs: 86_400_000 }));
    return true;
  },
};

/** Returns a copy of `bytes` with one changed bit. */
function flipped(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = bytes.slice();
  const at = Math.floor(random() * copy.length);
  copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(random() * 8));
  return copy;
}
