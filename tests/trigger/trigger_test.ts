import assert from "node:assert/strict";
import { encodeUtf8 } from "../../lib/base/bytes.ts";
import { UserError } from "../../lib/base/errors.ts";
import { readUnverified } from "../../lib/envelope/signing/unverified_envelope.ts";
import { requestType } from "../../lib/envelope/statements/request.ts";
import { inproc } from "../../lib/sp/transports/inproc.ts";
import {
  ALL_NODES,
  openLocalQueue,
  parseTarget,
  trigger,
  type TriggerEvent,
} from "../../lib/trigger/mod.ts";
import { alice } from "../support/envelope_fixtures.ts";
import { ScriptedAgent } from "../support/hub/scripted_agent.ts";
import { hash } from "node:crypto";

const OPTIONS = { permissions: { read: true }, timeout: 20_000 } as const;
const run = { kind: "argv", argv: ["uptime"] } as const;

async function openScene() {
  const place = { url: "inproc://queue", transport: inproc() };
  const queue = await openLocalQueue({
    listen: [place.url],
    transports: [place.transport],
    version: "1.2.3",
    insecure: false,
  });
  return { queue, attach: (name: string) => ScriptedAgent.attach(place, { name }) };
}

/** Takes the request that comes, says `text`, and ends well. */
async function answer(agent: ScriptedAgent, text: string): Promise<void> {
  const { envelope } = await agent.next("sealed");
  const { claimed: { id }, digest } = readUnverified(envelope, requestType);
  agent.say({ kind: "delivered", id });
  const bytes = encodeUtf8(text);
  agent.say({ kind: "output", id, stream: "stdout", offset: 0, bytes });
  const out = {
    bytes: bytes.length,
    kept: bytes.length,
    sha256: hash("sha256", bytes, "hex"),
  };
  agent.end({ id, digest }, { out });
}

function line(event: TriggerEvent): string {
  if (event.kind === "ended") return `${event.node} ${event.end.outcome.kind}`;
  return `${event.node} ${event.stream} ${new TextDecoder().decode(event.bytes)}`;
}

Deno.test("trigger yields what comes back, until every host has ended", OPTIONS, async () => {
  const { queue, attach } = await openScene();
  await using _queue = queue;
  await using web1 = await attach("web1");
  const lines: string[] = [];
  const target = parseTarget("web[1-2]", { syntax: "set" });
  const answering = answer(web1, "up 3 days");
  const events = trigger(queue, { target, run }, { keys: [alice], deliverMs: 200 });
  for await (const event of events) lines.push(line(event));
  await answering;
  assert.deepEqual(lines, ["web1 stdout up 3 days", "web1 exited", "web2 expired"]);
});

Deno.test("trigger stops the command when it is left early", OPTIONS, async () => {
  const { queue, attach } = await openScene();
  await using _queue = queue;
  await using web1 = await attach("web1");
  const target = parseTarget("web1", { syntax: "set" });
  const begun = web1.next("sealed").then(({ envelope }) => {
    const { id } = readUnverified(envelope, requestType).claimed;
    web1.say({ kind: "output", id, stream: "stdout", offset: 0, bytes: encodeUtf8("one") });
  });
  for await (const event of trigger(queue, { target, run }, { keys: [alice] })) {
    assert.equal(line(event), "web1 stdout one");
    break;
  }
  await begun;
  const { envelope } = await web1.next("sealed");
  assert.match(new TextDecoder().decode(envelope), /vnd\.nanoexec\.cancel/);
});

Deno.test("trigger says that nobody is meant", OPTIONS, async () => {
  const { queue } = await openScene();
  await using _queue = queue;
  const events = trigger(queue, { target: ALL_NODES, run }, { keys: [alice], deliverMs: 50 });
  await assert.rejects(events.next(), UserError);
});
