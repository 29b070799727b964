import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { requestType } from "../../../lib/envelope/statements/request.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import {
  MAX_CHUNK,
  OUTPUT_WINDOW,
  type OutputMessage,
} from "../../../lib/protocol/agent/streams.ts";
import { openDispatcher } from "../../../lib/hub/jobs/dispatcher.ts";
import { inproc } from "../../../lib/sp/transports/inproc.ts";
import { Sub } from "../../../lib/sp/patterns/pubsub.ts";
import { dial } from "../../../lib/sp/endpoints/dialer.ts";
import { alice, request } from "../../support/envelope_fixtures.ts";
import { jobSpecOf, openHubFixture, submit, suspicions } from "../../support/hub/hub_fixture.ts";
import { settle } from "../../support/virtual_clock.ts";

const pure = { timeout: 5_000 } as const;

function outputOf(id: string, offset: number, bytes: Uint8Array): OutputMessage {
  return { kind: "output", id, stream: "stdout", offset, bytes };
}

Deno.test("Hub brings an order to those who are there and to those who come", pure, async () => {
  await using fixture = await openHubFixture();
  await using early = await fixture.attach({ name: "web1" });
  await using other = await fixture.attach({ name: "web3" });
  const order = jobSpecOf("a", ["web1", "web2"]);
  const { job, sink } = submit(fixture, order);
  await using late = await fixture.attach({ name: "web2" });
  for (const agent of [early, late]) {
    assert.deepEqual({ ...await agent.next("unsigned") }, order.message);
    agent.say({ kind: "delivered", id: order.id });
    agent.say({ kind: "started", id: order.id });
    agent.end(order);
    await agent.next("ack");
  }
  await job.over;
  assert.equal(other.count("unsigned"), 0);
  assert.deepEqual(sink.log, [
    ...["web1 delivered", "web1 started", "web1 ended"],
    ...["web2 delivered", "web2 started", "web2 ended"],
  ]);
});

Deno.test("Hub tells jobs apart by the id in what agents say", pure, async () => {
  await using fixture = await openHubFixture();
  await using agent = await fixture.attach();
  const [first, second] = [jobSpecOf("a", ["web1"]), jobSpecOf("b", ["web1"])];
  const jobs = [submit(fixture, first), submit(fixture, second)] as const;
  agent.say(outputOf(second.id, 0, encodeUtf8("two")));
  agent.say(outputOf(first.id, 0, encodeUtf8("one")));
  agent.end(second, { outcome: { kind: "exited", code: 2 } });
  agent.end(first, { outcome: { kind: "exited", code: 1 } });
  const ends = await Promise.all(jobs.map(async ({ job, sink }) => {
    await job.over;
    const state = sink.stateOf("web1");
    return [sink.text("web1"), state?.kind === "ended" && state.result.body.outcome];
  }));
  assert.deepEqual(ends.map(([text]) => text), ["one", "two"]);
  assert.deepEqual(ends.map(([, end]) => ({ ...end as object })), [
    { kind: "exited", code: 1 },
    { kind: "exited", code: 2 },
  ]);
});

Deno.test("Hub does not let one host speak for another", pure, async () => {
  await using fixture = await openHubFixture();
  const order = jobSpecOf("a", ["web1"]);
  const { job, sink } = submit(fixture, order);
  await using other = await fixture.attach({ name: "web2" });
  other.say({ kind: "started", id: order.id });
  other.say(outputOf(order.id, 0, encodeUtf8("fake")));
  other.end(order);
  other.end(order, { agent: "web1" });
  await using agent = await fixture.attach({ name: "web1" });
  agent.end(order);
  await job.over;
  assert.deepEqual(sink.log, ["web1 ended"]);
});

Deno.test("Hub outlives what makes no sense from an agent, and the job goes on", pure, async () => {
  await using fixture = await openHubFixture();
  await using agent = await fixture.attach();
  const order = jobSpecOf("a", ["web1"]);
  const { job } = submit(fixture, order);
  agent.say({ kind: "sealed", envelope: encodeUtf8('{"payload":"nonsense"}') });
  agent.say({ kind: "sealed", envelope: signEnvelope(requestType, request, [alice]) });
  agent.introduce("0".repeat(64));
  agent.answer(encodeUtf8("nonsense"));
  agent.say({ kind: "delivered", id: "9".repeat(32) });
  agent.end({ id: "9".repeat(32), digest: "9".repeat(64) });
  agent.end(order);
  await job.over;
  assert.equal(suspicions(fixture).length, 4);
  assert.equal(fixture.hub.roster.size, 1);
});

Deno.test(
  "Hub refuses a second job of one id as long as the first is under way",
  pure,
  async () => {
    await using fixture = await openHubFixture();
    await using agent = await fixture.attach();
    const order = jobSpecOf("a", ["web1"]);
    const { job } = submit(fixture, order);
    assert.throws(() => submit(fixture, order), TypeError);
    agent.end(order);
    await job.over;
    const again = submit(fixture, order);
    agent.end(order);
    await again.job.over;
  },
);

Deno.test("Hub gives up its jobs when it closes", pure, async () => {
  const fixture = await openHubFixture();
  await using agent = await fixture.attach();
  const { job, sink } = submit(fixture, jobSpecOf("a", ["web1", "web2"]));
  agent.say({ kind: "delivered", id: "a".repeat(32) });
  await sink.reaches("web1", "delivered");
  await fixture[Symbol.asyncDispose]();
  await job.over;
  assert.deepEqual(sink.log, ["web1 delivered", "web1 lost", "web2 expired"]);
  assert.equal(fixture.clock.sleeping, 0);
});

Deno.test(
  "Hub counts a host as lost whose agent has gone and does not come back",
  pure,
  async () => {
    await using fixture = await openHubFixture();
    const order = jobSpecOf("a", ["web1"]);
    const { job, sink } = submit(fixture, order);
    {
      await using agent = await fixture.attach();
      agent.say({ kind: "started", id: order.id });
      await sink.reaches("web1", "started");
    }
    while (fixture.hub.roster.size > 0) await fixture.hub.roster.changed();
    await fixture.clock.advance(90_000);
    await job.over;
    assert.deepEqual(sink.log, ["web1 started", "web1 lost"]);
  },
);

Deno.test("Hub does not let a host that is read slowly hold up the others", pure, async () => {
  await using fixture = await openHubFixture();
  await using slow = await fixture.attach({ name: "slow" });
  await using fast = await fixture.attach({ name: "fast" });
  const order = jobSpecOf("a", ["slow", "fast"]);
  const { job, sink } = submit(fixture, order);
  sink.block("slow");
  const bytes = new Uint8Array(MAX_CHUNK);
  for (const agent of [slow, fast]) {
    for (let offset = 0; offset < OUTPUT_WINDOW; offset += MAX_CHUNK) {
      agent.say(outputOf(order.id, offset, bytes));
    }
  }
  assert.equal((await fast.next("credit")).received, OUTPUT_WINDOW / 2);
  assert.equal((await fast.next("credit")).received, OUTPUT_WINDOW);
  fast.end(order);
  await sink.reaches("fast", "ended");
  assert.equal(slow.count("credit"), 0);
  assert.equal(sink.bytes("slow").length, MAX_CHUNK);
  sink.unblock("slow");
  assert.equal((await slow.next("credit")).received, OUTPUT_WINDOW / 2);
  slow.end(order);
  await job.over;
  assert.equal(sink.bytes("slow").length, OUTPUT_WINDOW);
});

Deno.test(
  "Hub publishes to agents of the first program only when it is told to",
  pure,
  async () => {
    for (const insecure of [true, false]) {
      await using fixture = await openHubFixture({ insecure });
      const sub = new Sub();
      sub.subscribe(new Uint8Array());
      await using _agent = dial(fixture.place.url, {
        patterns: [sub],
        transports: [fixture.place.transport],
        redialMs: 1_000_000_000,
      });
      const wanted = insecure ? "attached" : "refused";
      while (!fixture.events.some((one) => one.kind === "wire" && one.event.kind === wanted)) {
        await settle();
      }
      const sent = fixture.hub.publish({ host: "web1", command: "true" });
      assert.deepEqual(sent, { sent: insecure ? 1 : 0, dropped: 0 });
      assert.equal(fixture.hub.legacyAgents, insecure ? 1 : 0);
      if (insecure) {
        for await (const body of sub) {
          assert.deepEqual(body, encodeUtf8("web1:true\0"));
          break;
        }
      }
      sub.close();
    }
  },
);

Deno.test("openHub lets go of what it has when it cannot have all", pure, async () => {
  const transport = inproc();
  const options = { transports: [transport], version: "0", insecure: false };
  await using _first = await openDispatcher({ ...options, listen: ["inproc://a"] });
  await assert.rejects(
    openDispatcher({ ...options, listen: ["inproc://b", "inproc://a"] }),
    /in use/,
  );
  await using again = await openDispatcher({ ...options, listen: ["inproc://b"] });
  assert.deepEqual(again.urls, ["inproc://b"]);
});

Deno.test("Hub has the keys kept of the hosts that are asked, and of no others", pure, async () => {
  const kept: string[] = [];
  const pins = {
    get: () => undefined,
    set() {},
    keep: (names: readonly string[]) => kept.push(...names),
  };
  await using fixture = await openHubFixture({ pins });
  await using _web1 = await fixture.attach({ name: "web1" });
  await using _web2 = await fixture.attach({ name: "web2" });
  assert.deepEqual(kept, []);
  const { job } = submit(fixture, jobSpecOf("a", ["web1", "web3"]));
  assert.deepEqual(kept, ["web1", "web3"]);
  job.giveUp("enough");
});
