import assert from "node:assert/strict";
import { decodeHubMessage, type HubMessage } from "../../../lib/protocol/agent/messages.ts";
import { AgentSession } from "../../../lib/hub/agents/agent_session.ts";
import { RawRespondent } from "../../../lib/sp/patterns/respondent.ts";
import { RawSurveyor } from "../../../lib/sp/patterns/surveyor.ts";
import { alice, hello } from "../../support/envelope_fixtures.ts";
import { connectPatterns } from "../../support/sp/connect_patterns.ts";
import { settle } from "../../support/virtual_clock.ts";

const pure = { timeout: 5_000 } as const;
const id = "a".repeat(32);

async function session() {
  const surveyor = new RawSurveyor({ answer() {} });
  const heard: HubMessage[] = [];
  const headers = new Set<string>();
  const couple = await connectPatterns(
    surveyor,
    new RawRespondent({
      survey: ({ header, body }) => {
        headers.add(header.toHex());
        heard.push(decodeHubMessage(body));
      },
    }),
  );
  const way = { surveyor, pipe: couple.listening };
  return {
    couple,
    heard,
    headers,
    session: new AgentSession(hello, alice.publicKey, way),
    [Symbol.asyncDispose]: () => couple[Symbol.asyncDispose](),
  };
}

Deno.test(
  "AgentSession goes by the name in the hello and the place of the pipe",
  pure,
  async () => {
    await using made = await session();
    assert.equal(made.session.name, hello.name);
    assert.equal(made.session.remote, made.couple.listening.remote);
    assert.equal(made.session.key, alice.publicKey);
  },
);

Deno.test("AgentSession sends each message as a survey of its own", pure, async () => {
  await using made = await session();
  const messages: HubMessage[] = [
    { kind: "ack", id },
    { kind: "credit", id, received: 7 },
    { kind: "ping" },
  ];
  for (const message of messages) assert.equal(made.session.send(message), true);
  await settle();
  assert.deepEqual(made.heard.map((message) => ({ ...message })), messages);
  assert.equal(made.headers.size, 3);
});

Deno.test("AgentSession knows what its agent has taken in", pure, async () => {
  await using made = await session();
  let taken = 0;
  for (let round = 0; round < 2; round++) void made.session.takenIn().then(() => taken++);
  await settle();
  assert.deepEqual(made.heard.map((message) => ({ ...message })), [
    { kind: "ping" },
    { kind: "ping" },
  ]);
  const surveys = [...made.headers].map((header) => parseInt(header, 16) & 0x7fffffff);
  made.session.receivePong(1 + Math.max(...surveys));
  await settle();
  assert.equal(taken, 0);
  for (const survey of surveys) made.session.receivePong(survey);
  await settle();
  assert.equal(taken, 2);
});

Deno.test("AgentSession sends nothing more once it is closed", pure, async () => {
  await using made = await session();
  await made.session.close();
  assert.equal(made.session.send({ kind: "ping" }), false);
  assert.equal((await made.couple.dialling.ended).kind, "ended");
});
