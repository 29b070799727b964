/**
 * One message of each kind of the current protocol, from which its vectors are made.
 * @module
 */
import { concat } from "../../lib/base/bytes.ts";
import { signEnvelope } from "../../lib/envelope/signing/sign_envelope.ts";
import { cancelType, confirmType } from "../../lib/envelope/statements/directive.ts";
import { requestType } from "../../lib/envelope/statements/request.ts";
import { resultType } from "../../lib/envelope/statements/result.ts";
import {
  helloType,
  loginType,
  pongType,
} from "../../lib/envelope/statements/session_statements.ts";
import {
  encodeAgentMessage,
  encodeHubMessage,
  type PlainAgentMessage,
  type PlainHubMessage,
} from "../../lib/protocol/agent/messages.ts";
import { encodeCall, type PlainCall } from "../../lib/protocol/operator/calls.ts";
import { encodeReply, type PlainReply } from "../../lib/protocol/operator/replies.ts";
import { SPOKEN } from "../../lib/protocol/session/version.ts";
import { alice, cancel, hello, request, result } from "./envelope_fixtures.ts";
import { type ProtocolVector, vectorOf } from "./protocol_vectors.ts";

const nonce = "5".repeat(64);
const version = "0.2.0";
const id = request.id;
const spoken = { ...SPOKEN, capabilities: [...SPOKEN.capabilities] };

/** The samples of a union: one for each kind. */
type Samples<T extends { readonly kind: string }> = {
  readonly [K in T["kind"]]: Extract<T, { readonly kind: K }>;
};

const hubMessages: Samples<PlainHubMessage> = {
  welcome: { kind: "welcome", nonce, version, ...spoken },
  ping: { kind: "ping", nonce },
  ack: { kind: "ack", id },
  credit: { kind: "credit", id, received: 65_536 },
  "turned-away": { kind: "turned-away" },
  unsigned: { kind: "unsigned", id, host: "web1", command: "uptime" },
};

const agentMessages: Samples<PlainAgentMessage> = {
  delivered: { kind: "delivered", id },
  started: { kind: "started", id },
  unconfirmed: { kind: "unconfirmed", id },
  fed: { kind: "fed", id, taken: 7 },
  enough: { kind: "enough", id },
  pong: { kind: "pong" },
};

const calls: Samples<Extract<PlainCall, { kind: "hello" | "nodes" | "jobs" | "hosts" | "leave" }>> =
  {
    hello: { kind: "hello", version, ...spoken },
    nodes: { kind: "nodes", names: "web[1-3]" },
    jobs: { kind: "jobs", limit: 10, node: "web1" },
    hosts: { kind: "hosts", facts: true, watch: false },
    leave: { kind: "leave" },
  };

const otherCalls: readonly PlainCall[] = [
  { kind: "follow", id, wait: true },
  { kind: "begins", node: "web1", offset: 5 },
  { kind: "taken", cost: 9 },
  { kind: "ping", nonce },
  { kind: "forget" },
  { kind: "past", reference: "last:failed" },
  { kind: "why", node: "web1", id },
  { kind: "willing", node: "web1" },
  { kind: "publish", host: "ALL", command: "uptime" },
];

const key = alice.publicKey.base64;

const replies: readonly PlainReply[] = [
  { kind: "greeting", version, nonce, login: true, ...spoken },
  { kind: "done" },
  { kind: "failed", code: "refused", message: "too many calls at once", hint: "wait" },
  { kind: "state", node: "web1", state: "delivered", at: 1_790_000_000_000, key },
  { kind: "over" },
  { kind: "need", start: 0, offset: 5 },
  { kind: "start", node: "web1" },
  {
    ...{ kind: "host", name: "web1", key, version, attached: true, since: 2, firstSeen: 1 },
    ...{ remote: "10.0.0.7:4000", facts: { os: "linux" } },
    ...spoken,
  },
  { kind: "absent", name: "web2" },
  { kind: "nodes", names: "web[1-3]" },
  { kind: "nameless", count: 2 },
];

/** Returns the vectors of the current protocol. */
export function currentVectors(): readonly ProtocolVector[] {
  const greeted = { ...hello, nonce, version, ...spoken };
  const login = { v: 1, nonce, version, ...spoken } as const;
  const pong = { v: 1, nonce, name: "web01", clockMs: 1_790_000_000_123 } as const;
  const hub = { from: "hub", to: "agent" } as const;
  const agent = { from: "agent", to: "hub" } as const;
  const operator = { from: "operator", to: "hub" } as const;
  const reply = { from: "hub", to: "operator" } as const;
  const keys = [alice];
  return [
    ...Object.values(hubMessages).map((message) =>
      vectorOf({ ...hub, name: message.kind }, encodeHubMessage(message))
    ),
    vectorOf({ ...hub, name: "request" }, signEnvelope(requestType, request, keys)),
    vectorOf({ ...hub, name: "cancel" }, signEnvelope(cancelType, cancel, keys)),
    vectorOf({ ...hub, name: "confirm" }, signEnvelope(confirmType, cancel, keys)),
    vectorOf({ ...agent, name: "hello" }, signEnvelope(helloType, greeted, keys)),
    vectorOf({ ...agent, name: "result" }, signEnvelope(resultType, result, keys)),
    vectorOf({ ...agent, name: "signed pong" }, signEnvelope(pongType, pong, keys)),
    ...Object.values(agentMessages).map((message) =>
      vectorOf({ ...agent, name: message.kind }, concat(encodeAgentMessage(message)))
    ),
    ...[...Object.values(calls), ...otherCalls].map((call) =>
      vectorOf({ ...operator, name: call.kind }, encodeCall(call))
    ),
    vectorOf({ ...operator, name: "login" }, signEnvelope(loginType, login, keys)),
    ...replies.map((message) =>
      vectorOf({ ...reply, name: message.kind }, concat(encodeReply(message)))
    ),
  ];
}
