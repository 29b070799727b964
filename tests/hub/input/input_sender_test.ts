import assert from "node:assert/strict";
import { INPUT_WINDOW, INPUT_WINDOW_BLOCKS } from "../../../lib/protocol/agent/streams.ts";
import { InputFeed } from "../../../lib/hub/input/input_feed.ts";
import { InputSender } from "../../../lib/hub/input/input_sender.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import { type FakeSession, fakeSession } from "../../support/hub/fake_session.ts";
import {
  type FakeInputSource,
  fakeInputSource,
  type FakeInputSourceOptions,
  INPUT_REQUEST_ID,
} from "../../support/hub/fake_input_source.ts";
import { settle, VirtualClock } from "../../support/virtual_clock.ts";

interface Scene {
  readonly source: FakeInputSource;
  readonly feed: InputFeed;
  readonly sender: InputSender;
  readonly session: FakeSession;
}

function scene(options: FakeInputSourceOptions = {}): Scene {
  const source = fakeInputSource(options);
  const feed = new InputFeed(INPUT_REQUEST_ID, source);
  const sender = new InputSender("web1", feed);
  return { source, feed, sender, session: fakeSession(alice.publicKey) };
}

/** Returns the offsets of the blocks sent since the last call; the end is "end". */
async function sent(session: FakeSession): Promise<(number | "end")[]> {
  let before = -1;
  while (session.sent.length > before) {
    before = session.sent.length;
    await settle();
  }
  return session.sent.splice(0).map((message) => {
    assert.ok(message.kind === "input");
    return message.bytes.length === 0 ? "end" : message.offset;
  });
}

Deno.test("InputSender sends nothing before it is asked, and then to the end", async () => {
  const { sender, session } = scene({ length: 250_000 });
  assert.deepEqual(await sent(session), []);
  sender.addCredit(session, 0);
  assert.deepEqual(await sent(session), [0, 100_000, 200_000, "end"]);
  sender.addCredit(session, 250_000);
  assert.deepEqual(await sent(session), []);
});

Deno.test("InputSender sends no further ahead than the window", async () => {
  const { sender, session } = scene();
  sender.addCredit(session, 0);
  const first = await sent(session);
  assert.equal(first.length, Math.ceil(INPUT_WINDOW / 100_000));
  sender.addCredit(session, 0);
  assert.deepEqual(await sent(session), [], "nothing was taken");
  sender.addCredit(session, 100_000);
  assert.deepEqual(await sent(session), [first.length * 100_000]);
});

Deno.test("InputSender sends few blocks ahead, however small they are", async () => {
  const { sender, session } = scene({ block: 1 });
  sender.addCredit(session, 0);
  assert.equal((await sent(session)).length, INPUT_WINDOW_BLOCKS);
});

Deno.test(
  "InputSender goes on from where the command is after a lost connection",
  async () => {
    const { sender, session } = scene({ length: 300_000 });
    sender.addCredit(session, 0);
    assert.deepEqual(await sent(session), [0, 100_000, 200_000, "end"]);
    sender.detach(session);
    const again = fakeSession(alice.publicKey);
    sender.addCredit(again, 100_000);
    assert.deepEqual(await sent(again), [100_000, 200_000, "end"]);
    assert.deepEqual(await sent(session), []);
  },
);

Deno.test("InputSender goes on from where the command is after a restart of the hub", async () => {
  const source = fakeInputSource({ length: 300_000 });
  const feed = new InputFeed(INPUT_REQUEST_ID, source);
  const sender = new InputSender("web1", feed, { resumed: true });
  const session = fakeSession(alice.publicKey);
  sender.addCredit(session, 100_000);
  assert.deepEqual(await sent(session), [100_000, 200_000, "end"]);
  assert.deepEqual(source.reads, [100_000, 200_000, 300_000]);
  sender.addCredit(session, 1);
  assert.deepEqual(await sent(session), [], "only the first credit is believed");
  sender.finish();
});

Deno.test("InputSender sends nothing while the agent is away", async () => {
  const { sender, session } = scene();
  sender.addCredit(session, 0);
  sender.detach(session);
  assert.deepEqual(await sent(session), []);
});

Deno.test("InputSender begins where a host says, once it is known", async () => {
  const start = Promise.withResolvers<number>();
  const { sender, session, source } = scene({
    seekable: true,
    length: 250_000,
    startOf: () => start.promise,
  });
  sender.addCredit(session, 0);
  assert.deepEqual(await sent(session), []);
  start.resolve(180_000);
  assert.deepEqual(await sent(session), [180_000, "end"]);
  assert.deepEqual(source.reads, [180_000, 250_000]);
  sender.detach(session);
  const again = fakeSession(alice.publicKey);
  sender.addCredit(again, 0);
  assert.deepEqual(await sent(again), [180_000, "end"], "nothing was taken yet");
});

Deno.test("InputSender ignores an agent that asks for what it cannot have", async () => {
  const { sender, session } = scene();
  sender.addCredit(session, 100_000);
  assert.deepEqual(await sent(session), [], "beyond what was sent");
  sender.addCredit(session, 0);
  const { length } = await sent(session);
  for (const taken of [1, 99_999, length * 100_000 + 1, Number.MAX_SAFE_INTEGER]) {
    sender.addCredit(session, taken);
    assert.deepEqual(await sent(session), [], `${taken}`);
  }
  sender.addCredit(session, 200_000);
  assert.equal((await sent(session)).length, 2);
  sender.addCredit(session, 100_000);
  assert.deepEqual(await sent(session), [], "backwards");
  sender.detach(session);
  const again = fakeSession(alice.publicKey);
  sender.addCredit(again, 100_000);
  assert.deepEqual(await sent(again), [], "backwards over another connection");
});

Deno.test("InputSender stops when the command reads no more", async () => {
  const { sender, session, source } = scene();
  sender.addCredit(session, 0);
  await sent(session);
  sender.finish();
  sender.finish();
  sender.addCredit(session, 100_000);
  assert.deepEqual(await sent(session), []);
  assert.equal(source.signals[0]?.aborted, true, "nobody else needs it");
});

Deno.test("InputSender waits until a full connection has room, or is over", async () => {
  const { sender, session } = scene({ length: 100_000 });
  const room = Promise.withResolvers<boolean>();
  let full = true;
  const narrow = {
    ...session,
    sendBroadcast: (survey: Parameters<FakeSession["sendBroadcast"]>[0]) =>
      !full && session.sendBroadcast(survey),
    flushed: () => room.promise,
  };
  sender.addCredit(narrow, 0);
  assert.deepEqual(await sent(session), []);
  full = false;
  room.resolve(true);
  assert.deepEqual(await sent(session), [0, "end"]);
  const over = fakeSession(alice.publicKey, { stuck: true });
  const { sender: other } = scene();
  other.addCredit(over, 0);
  assert.deepEqual(await sent(over), [], "and does not try for ever");
});

Deno.test("InputSender sends nothing more when the input cannot be read", async () => {
  const { sender, session } = scene({ broken: 100_000 });
  sender.addCredit(session, 0);
  assert.deepEqual(await sent(session), [0]);
  sender.addCredit(session, 100_000);
  assert.deepEqual(await sent(session), []);
});

Deno.test("InputSender holds back other hosts, and then does not", async () => {
  const { sender, session, feed, source } = scene();
  const idle = new InputSender("web2", feed);
  sender.addCredit(session, 0);
  let taken = 0;
  for (let blocks = await sent(session); blocks.length > 0; blocks = await sent(session)) {
    const last = blocks.at(-1);
    assert.ok(typeof last === "number");
    sender.addCredit(session, taken = last + 100_000);
  }
  assert.equal(source.reads.at(-1), 8_300_000, "8 MiB are kept for the idle one");
  idle.finish();
  assert.notEqual((await sent(session)).length, 0);
  assert.ok(taken > INPUT_WINDOW);
});

Deno.test("InputSender keeps to the rate, together with all others", async () => {
  const clock = new VirtualClock();
  const source = { ...fakeInputSource({ length: 300_000 }), bytesPerSecond: 100_000 };
  const feed = new InputFeed(INPUT_REQUEST_ID, source, clock);
  const hosts = ["web1", "web2"].map((node) => {
    const [sender, session] = [new InputSender(node, feed), fakeSession(alice.publicKey)];
    sender.addCredit(session, 0);
    return { sender, session };
  });
  const sentBy = async () => (await Promise.all(hosts.map(({ session }) => sent(session)))).flat();
  assert.deepEqual(await sentBy(), [0]);
  await clock.advance(1_000);
  assert.deepEqual(await sentBy(), [0]);
  await clock.advance(4_000);
  assert.deepEqual((await sentBy()).toSorted(), [100_000, 100_000, 200_000, 200_000]);
  hosts.forEach(({ sender }) => sender.finish());
});
