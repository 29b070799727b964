import assert from "node:assert/strict";
import { encodeUtf8 } from "../../lib/base/bytes.ts";
import { dial } from "../../lib/sp/endpoints/dialer.ts";
import { listen } from "../../lib/sp/endpoints/listener.ts";
import { Pub } from "../../lib/sp/patterns/pubsub.ts";
import { Sub } from "../../lib/sp/patterns/pubsub.ts";
import { Surveyor } from "../../lib/sp/patterns/surveyor.ts";
import { tcp } from "../../lib/sp/transports/tcp.ts";
import { headerOf, hex, rawDial } from "../support/sp/raw_peer.ts";
import { buildLegacyPrograms, legacyPeer } from "./support/legacy_programs.ts";
import { freeTcpUrl } from "./support/connect_program.ts";
import { ForeignProcess } from "./support/foreign_process.ts";
import { interopTestCase } from "./support/interop_test_case.ts";

const ANY_PORT = "tcp://127.0.0.1:0";

/** An agent that misses no trigger redials faster than the 100 ms that the queue is there. */
const REDIAL = { redialMs: 30, maxRedialMs: 30 };

const MAX_TRIES = 20;

interopTestCase(
  legacyPeer,
  "The stand-in trigger sends what the first one sent, byte for byte",
  async () => {
    await using legacy = await buildLegacyPrograms();
    const url = freeTcpUrl();
    await using _trigger = new ForeignProcess(legacy.trigger, [
      anyAddress(url),
      "host1",
      "echo hi",
    ]);
    await using peer = await dialUntilThere(url);
    peer.send(headerOf(0x21));
    assert.deepEqual(await peer.read(8), headerOf(0x20));
    const frame = "00 00 00 00 00 00 00 0e 68 6f 73 74 31 3a 65 63 68 6f 20 68 69 00";
    assert.deepEqual(await peer.readToEnd(), hex(frame));
  },
);

interopTestCase(legacyPeer, "Sub hears one-shot triggers, nearly every one at once", async () => {
  await using legacy = await buildLegacyPrograms();
  const url = freeTcpUrl();
  const sub = new Sub();
  sub.subscribe(encodeUtf8("host1:"));
  sub.subscribe(encodeUtf8("ALL:"));
  await using _dialer = dial(url, { patterns: [sub], transports: [tcp], ...REDIAL });
  const messages = sub[Symbol.asyncIterator]();
  let fired = 0;
  for (let count = 0; count < 10; count++) {
    const [host, command] = [count % 2 ? "host1" : "ALL", `echo ${count}`];
    const heard = messages.next();
    fired += await fireUntil(heard, legacy.trigger, [anyAddress(url), host, command]);
    assert.deepEqual((await heard).value, encodeUtf8(`${host}:${command}\0`));
  }
  assert.ok(fired <= 12, `${fired} triggers were fired for 10 to be heard`);
});

interopTestCase(legacyPeer, "Sub takes a command of 100 kB from the trigger", async () => {
  await using legacy = await buildLegacyPrograms();
  const url = freeTcpUrl();
  const sub = new Sub();
  sub.subscribe(encodeUtf8("host1:"));
  await using _dialer = dial(url, { patterns: [sub], transports: [tcp], ...REDIAL });
  const command = "x".repeat(100_000);
  const heard = sub[Symbol.asyncIterator]().next();
  await fireUntil(heard, legacy.trigger, [anyAddress(url), "host1", command]);
  assert.deepEqual((await heard).value, encodeUtf8(`host1:${command}\0`));
});

interopTestCase(
  legacyPeer,
  "Pub has the agent run its command, and whatever matches as a prefix",
  async () => {
    await using legacy = await buildLegacyPrograms();
    const pub = new Pub();
    await using listener = await listen(ANY_PORT, { patterns: [pub], transports: [tcp] });
    await using agent = new ForeignProcess(legacy.agent, [listener.url, "host1"]);
    await pub.pipes.waitForCount(1);
    for (const host of ["host", "xhost1", "HOST1", "host1", "host12", "ALL", "ALLIGATOR", "all"]) {
      pub.publish(encodeUtf8(`${host}:echo ${host}\0`));
    }
    pub.publish(encodeUtf8("ALL:echo over\0"));
    const ran: string[] = [];
    while (ran.at(-1) !== "over") ran.push(await agent.line());
    assert.deepEqual(ran, ["host1", "host12", "ALL", "ALLIGATOR", "over"]);
  },
);

interopTestCase(legacyPeer, "Pub reaches the agent beside other patterns on one port", async () => {
  await using legacy = await buildLegacyPrograms();
  const pub = new Pub();
  const patterns = [new Surveyor(), pub];
  await using listener = await listen(ANY_PORT, { patterns, transports: [tcp] });
  await using agent = new ForeignProcess(legacy.agent, [listener.url, "host1"]);
  await pub.pipes.waitForCount(1);
  pub.publish(encodeUtf8("host1:echo here\0"));
  assert.equal(await agent.line(), "here");
});

interopTestCase(
  legacyPeer,
  "Pub gets the agent back each time that the queue comes up again",
  async () => {
    await using legacy = await buildLegacyPrograms();
    const url = freeTcpUrl();
    await using agent = new ForeignProcess(legacy.agent, [url, "host1"]);
    for (const word of ["one", "two", "three"]) {
      const pub = new Pub();
      await using _listener = await listen(url, { patterns: [pub], transports: [tcp] });
      await pub.pipes.waitForCount(1);
      pub.publish(encodeUtf8(`host1:echo ${word}\0`));
      assert.equal(await agent.line(), word);
    }
  },
);

/**
 * Fires until `heard` resolves, since the queue is there for 100 ms only: on a busy machine nobody
 * may have dialled by then. Says how often.
 */
async function fireUntil(heard: Promise<unknown>, trigger: string, args: string[]) {
  let isHeard = false;
  heard.then(() => isHeard = true);
  for (let fired = 1; fired <= MAX_TRIES; fired++) {
    await using program = new ForeignProcess(trigger, args);
    const { code } = await program.status;
    assert.equal(code, 0);
    if (isHeard) return fired;
  }
  assert.fail(`none of ${MAX_TRIES} triggers was heard`);
}

/** The same port on all addresses, as the first trigger listened. */
function anyAddress(url: string): string {
  return url.replace("127.0.0.1", "*");
}

async function dialUntilThere(url: string): ReturnType<typeof rawDial> {
  while (true) {
    try {
      return await rawDial(url, tcp);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
