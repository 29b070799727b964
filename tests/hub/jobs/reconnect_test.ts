import assert from "node:assert/strict";
import fc from "fast-check";
import { Outbox } from "../../../lib/agent/hub_link/outbox.ts";
import { HubSessions } from "../../../lib/agent/hub_link/hub_sessions.ts";
import { concat } from "../../../lib/base/bytes.ts";
import { resultType } from "../../../lib/envelope/statements/result.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import { MAX_CHUNK, OUTPUT_WINDOW } from "../../../lib/protocol/agent/streams.ts";
import { dial } from "../../../lib/sp/endpoints/dialer.ts";
import type { ByteStream } from "../../../lib/sp/wire/transport.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import {
  type HubFixture,
  jobSpecOf,
  openHubFixture,
  submit,
} from "../../support/hub/hub_fixture.ts";
import type { JobRecorder } from "../../support/hub/job_recorder.ts";
import { recordingTransport } from "../../support/sp/recording_transport.ts";
import { resultOf } from "../../support/hub/scripted_agent.ts";
import { settle } from "../../support/virtual_clock.ts";

const pure = { timeout: 10_000 } as const;
const order = jobSpecOf("a", ["web1"]);

/** The hub link of an agent, and a connection that can be cut. */
interface Talker extends AsyncDisposable {
  readonly outbox: Outbox;
  /** How many welcomes it received. */
  readonly greetings: number;
  /** Cuts the connection; a new one is dialled at once. */
  cut(): void;
}

function openTalker({ place }: HubFixture): Talker {
  const outbox = new Outbox();
  const streams: ByteStream[] = [];
  let greetings = 0;
  const links = new HubSessions({ name: "web1", key: alice, version: "0" }, {
    helloFields: () => ({
      facts: {},
      running: outbox.running,
      held: outbox.held,
      insecure: true,
      clockMs: 0,
      epoch: 0,
    }),
    attached: () => greetings++,
    message: (link, message) => {
      if (message.kind === "unsigned") {
        outbox.open(message.id, link);
        outbox.sendProgress({ kind: "delivered", id: message.id });
      }
      if (message.kind === "credit") outbox.credit(message.id, message.received, link);
      if (message.kind === "ack") outbox.acknowledge(message.id);
    },
    outdatedHub() {},
    turnedAway() {},
    timedOut() {},
    malformed: (_remote, problem) => assert.fail(problem),
    detached: (link) => outbox.detached(link),
  });
  const dialer = dial(place.url, {
    patterns: [links.pattern],
    transports: [recordingTransport(place.transport, streams)],
    random: () => 0,
  });
  return {
    outbox,
    get greetings() {
      return greetings;
    },
    cut: () => streams.at(-1)?.destroy(),
    [Symbol.asyncDispose]: () => dialer.close(),
  };
}

function resultEnvelope(): Uint8Array {
  return signEnvelope(resultType, resultOf(order, "web1"), [alice]);
}

async function delivered(fixture: HubFixture): Promise<ReturnType<typeof submit>> {
  const submitted = submit(fixture, order);
  await submitted.sink.reaches("web1", "delivered");
  return submitted;
}

Deno.test("Hub and Courier lose and double no byte, wherever the wire is cut", pure, async () => {
  const anyPart = fc.record({
    bytes: fc.integer({ min: 1, max: 2 * MAX_CHUNK }),
    cut: fc.constantFrom("not", "before", "after", "later"),
    slow: fc.boolean(),
  });
  const anyPlan = fc.array(anyPart, { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(anyPlan, async (plan) => {
      await using fixture = await openHubFixture();
      await using talker = openTalker(fixture);
      const { job, sink } = await delivered(fixture);
      const sent: Uint8Array[] = [];
      for (const [index, part] of plan.entries()) {
        const bytes = new Uint8Array(part.bytes).fill(index + 1);
        sent.push(bytes);
        if (part.slow) sink.block("web1");
        else sink.unblock("web1");
        if (part.cut === "before") talker.cut();
        const out = talker.outbox.sendOutput(order.id, { stream: "stdout", bytes }, never);
        if (part.cut === "after") talker.cut();
        await settle();
        if (part.cut === "later") talker.cut();
        sink.unblock("web1");
        await out;
      }
      talker.outbox.sendResult(order.id, resultEnvelope());
      await job.over;
      assert.equal(sink.stateOf("web1")?.kind, "ended");
      assert.deepEqual(sink.bytes("web1"), concat(sent));
      while (talker.outbox.held.length > 0) await settle();
    }),
    { numRuns: 60 },
  );
});

const never = new AbortController().signal;

Deno.test("Courier sends a result again until a hub has said that it has it", pure, async () => {
  await using fixture = await openHubFixture();
  await using talker = openTalker(fixture);
  const { job } = await delivered(fixture);
  talker.cut();
  assert.equal(talker.outbox.sendResult(order.id, resultEnvelope()), true);
  assert.deepEqual(talker.outbox.held, [order.id]);
  await job.over;
  while (talker.outbox.held.length > 0) await settle();
  assert.ok(talker.greetings > 1);
});

Deno.test(
  "a slow sink slows the command down, and neither side keeps more than a window",
  pure,
  async () => {
    await using fixture = await openHubFixture();
    await using talker = openTalker(fixture);
    const { sink } = await delivered(fixture);
    sink.block("web1");
    const written = { bytes: 0 };
    const stop = new AbortController();
    const command = printForEver(talker.outbox, written, stop.signal);
    await stalls(written);
    assert.ok(written.bytes <= OUTPUT_WINDOW + MAX_CHUNK, `${written.bytes} bytes`);
    for (let cuts = 0; cuts < 5; cuts++) {
      talker.cut();
      await stalls(written);
    }
    assert.ok(written.bytes <= OUTPUT_WINDOW + MAX_CHUNK, `${written.bytes} bytes after cuts`);
    sink.unblock("web1");
    await sink.prints("web1", 4 * OUTPUT_WINDOW);
    assertInOrder(sink);
    stop.abort();
    await command;
  },
);

/** Prints 1, 2, 3, … in chunks, each filled with its number. */
async function printForEver(
  outbox: Outbox,
  written: { bytes: number },
  signal: AbortSignal,
): Promise<void> {
  for (let number = 0; !signal.aborted; number++) {
    const bytes = new Uint8Array(MAX_CHUNK).fill(number % 256);
    await outbox.sendOutput(order.id, { stream: "stdout", bytes }, signal);
    written.bytes += bytes.length;
    await settle();
  }
}

function assertInOrder(sink: JobRecorder): void {
  const bytes = sink.bytes("web1");
  for (let chunk = 0; chunk * MAX_CHUNK < bytes.length; chunk++) {
    assert.equal(bytes[chunk * MAX_CHUNK], chunk % 256);
  }
}

/** Waits until the command blocks. */
async function stalls(written: { readonly bytes: number }): Promise<void> {
  for (let before = -1; before !== written.bytes;) {
    before = written.bytes;
    for (let round = 0; round < 20; round++) await settle();
  }
}
