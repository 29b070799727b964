import assert from "node:assert/strict";
import { outputCost } from "../../../lib/protocol/operator/replies.ts";
import { FOLLOW_WINDOW } from "../../../lib/hub/operators/reply_stream.ts";
import { connectHub } from "../../../lib/trigger/queue/hub_connection.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import { settle } from "../../support/virtual_clock.ts";
import { endOf } from "../jobs/registry_fixture.ts";
import { openOperatorFixture } from "./operator_fixture.ts";
const id = "a".repeat(32);
const CHUNK = 262_144;
const CHUNKS = 40;
const chunk = { stream: "stdout", bytes: new Uint8Array(CHUNK) } as const;
const IN_WINDOW = Math.ceil(FOLLOW_WINDOW / outputCost(chunk));

Deno.test(
  "a follower that takes nothing slows its hosts down, and is let go when it is silent",
  async () => {
    await using fixture = await openOperatorFixture();
    const { client, jobs: { clock } } = fixture;
    const { sink, spec } = await fixture.jobs.submit("a", ["web1"]);
    const following = client.begin({ kind: "follow", id, wait: true });
    await following.next();
    let taken = 0;
    const print = async () => {
      for (; taken < CHUNKS; taken++) await sink.output("web1", chunk);
    };
    const printing = print();
    for (let came = 0; came < IN_WINDOW; came++) await following.next();
    await client.ask({ kind: "jobs", limit: 1 });
    assert.equal(following.count(), 0, "the rest waits");
    following.say({ kind: "taken", cost: 2 * outputCost(chunk) });
    for (let came = 0; came < 2; came++) await following.next();
    await client.ask({ kind: "jobs", limit: 1 });
    assert.equal(following.count(), 0);
    await clock.advance(36_000);
    await client.gone;
    await printing;
    assert.equal(taken, CHUNKS);
    assert.equal(taken, CHUNKS);
    await sink.state("web1", endOf(spec, "web1"));
  },
);

Deno.test(
  "small pieces that a follower does not take count for more than their bytes",
  async () => {
    await using fixture = await openOperatorFixture();
    const { client, jobs } = fixture;
    const { sink, spec } = await jobs.submit("a", ["web1"]);
    const following = client.begin({ kind: "follow", id, wait: true });
    await following.next();
    const small = { stream: "stdout", bytes: Uint8Array.of(1) } as const;
    const [inWindow, pieces] = [Math.ceil(FOLLOW_WINDOW / outputCost(small)), FOLLOW_WINDOW / 256];
    const print = async () => {
      for (let piece = 0; piece < pieces; piece++) await sink.output("web1", small);
    };
    const printing = print();
    for (let came = 0; came < inWindow; came++) await following.next();
    await client.ask({ kind: "jobs", limit: 1 });
    assert.equal(following.count(), 0, "the rest waits");
    following.leave();
    await printing;
    await sink.state("web1", endOf(spec, "web1"));
  },
);

Deno.test(
  "a program that goes on asking stays, and so does one that uses OperatorLink",
  async () => {
    await using fixture = await openOperatorFixture({ operators: [alice] });
    const { clock } = fixture.jobs;
    const options = {
      url: "inproc://operators",
      transports: [fixture.transport],
      version: "0",
      clock,
    };
    const key = () => Promise.resolve(alice);
    const link = await connectHub({ ...options, key }, AbortSignal.timeout(5_000));
    let ended = false;
    link.ended.then(() => ended = true);
    await settle();
    for (let minute = 0; minute < 60; minute++) {
      await clock.advance(10_000);
      assert.deepEqual(await link.list([{ kind: "jobs", limit: 1 }]), []);
    }
    for (let round = 0; round < 60; round++) {
      await clock.advance(9_000);
      // The heartbeat and its answer pass through the transport.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    assert.equal(ended, false);
    await link[Symbol.asyncDispose]();
  },
);

Deno.test("strangers who do not log in give way", async () => {
  await using fixture = await openOperatorFixture({ operators: [alice] });
  const { clock } = fixture.jobs;
  await clock.advance(6_000);
  const others = [];
  for (let count = 0; count < 64; count++) others.push(await fixture.connect());
  await fixture.client.gone;
  const [greeting] = await others[0]?.ask({ kind: "hello", version: "0", protocol: 2 }) ?? [];
  assert.equal(greeting?.kind, "greeting");
});
