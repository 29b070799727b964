/**
 * The first messages of nanoexec 0.1 can still be read, so that its peers are refused by name.
 */
import assert from "node:assert/strict";
import { EnvelopeError } from "../../../lib/envelope/errors.ts";
import { verifyHello } from "../../../lib/envelope/statements/session_statements.ts";
import { decodeHubMessage } from "../../../lib/protocol/agent/messages.ts";
import { decodeCall } from "../../../lib/protocol/operator/calls.ts";
import { decodeReply } from "../../../lib/protocol/operator/replies.ts";
import { agreeProtocol } from "../../../lib/protocol/session/version.ts";
import { readVectors, vectorBytes, vectorFile } from "../../support/protocol_vectors.ts";

const permissions = { read: [vectorFile(1, "session")] };

function message(from: string, name: string): Uint8Array {
  const found = readVectors(1, "session").find((it) => it.from === from && it.name === name);
  return found ? vectorBytes(found) : assert.fail(name);
}

Deno.test("a welcome, a hello and a greeting of protocol 1 are read as too old", {
  permissions,
}, () => {
  const welcome = decodeHubMessage(message("hub", "welcome"));
  assert.ok(welcome.kind === "welcome");
  assert.equal(agreeProtocol(welcome.protocol), undefined);
  const { body } = verifyHello(message("agent", "hello"));
  assert.equal(agreeProtocol(body.protocol), undefined);
  assert.equal(body.version, "0.1.0");
  const hello = decodeCall(message("operator", "hello"));
  assert.ok(hello.kind === "hello");
  assert.equal(agreeProtocol(hello.protocol), undefined);
  const greeting = decodeReply(message("hub", "greeting"));
  assert.ok(greeting.kind === "greeting");
  assert.equal(agreeProtocol(greeting.protocol), undefined);
});

Deno.test("a hub of protocol 1 says malformed to a hello with a protocol number", {
  permissions,
}, () => {
  const reply = decodeReply(message("hub", "failed"));
  assert.ok(reply.kind === "failed" && reply.code === "malformed");
});

Deno.test("an agent of protocol 1 sends no other first message", { permissions }, () => {
  assert.throws(() => verifyHello(message("operator", "login")), EnvelopeError);
});
