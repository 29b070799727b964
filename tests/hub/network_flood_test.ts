/**
 * A hub with its own listeners against peers that take what they can get, in small numbers.
 * @module
 */
import assert from "node:assert/strict";
import { openHubDaemon } from "../../lib/hub/hub_daemon.ts";
import { openHubStore } from "../../lib/hub/store/hub_store.ts";
import { tcp } from "../../lib/sp/mod.ts";
import { headerOf, hex, rawDial, type RawPeer } from "../support/sp/raw_peer.ts";
import { VirtualClock } from "../support/virtual_clock.ts";

const options = { permissions: { net: ["127.0.0.1"] }, timeout: 20_000 };

/** A hub whose time the test advances, and peers that are connected to it. */
async function openHub() {
  const stack = new AsyncDisposableStack();
  const { store } = openHubStore({ path: ":memory:" });
  stack.defer(() => store[Symbol.dispose]());
  const clock = new VirtualClock();
  const daemon = stack.use(
    await openHubDaemon({
      listen: ["tcp://127.0.0.1:0"],
      transports: [tcp],
      store,
      version: "0",
      insecure: true,
      keepOutput: 1_000,
      clock,
    }),
  );
  /** Connects as a peer of the role `id`, and sends the beginning of a frame. */
  const connect = async (id: number, start: Uint8Array): Promise<RawPeer> => {
    const peer = stack.use(await rawDial(daemon.dispatcher.urls[0] ?? "", tcp));
    peer.send(headerOf(id), start);
    await peer.read(8);
    return peer;
  };
  return { clock, daemon, connect, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const AGENT = 0x63;
const OPERATOR = 0x62;
const SUBSCRIBER = 0x21;
const HALF_OF_A_MEGABYTE = new Uint8Array([0, 0, 0, 0, 0, 0x10, 0, 0, ...new Uint8Array(500_000)]);
const HALF_OF_A_SMALL_FRAME = hex("00 00 00 00 00 00 10 00 80 00 00 01");

for (const [title, role] of [["an agent", AGENT], ["an operator", OPERATOR]] as const) {
  Deno.test(
    `a hub ends the connection of a stranger with a megabyte: ${title}`,
    options,
    async () => {
      await using hub = await openHub();
      const peer = await hub.connect(role, HALF_OF_A_MEGABYTE);
      await peer.readToEnd();
    },
  );

  Deno.test(
    `a hub ends a connection in mid-message at its deadline: ${title}`,
    options,
    async () => {
      await using hub = await openHub();
      const peer = await hub.connect(role, HALF_OF_A_SMALL_FRAME);
      if (role === AGENT) await peer.read(1);
      while (hub.clock.sleeping < 2) await new Promise((resolve) => setTimeout(resolve, 1));
      await hub.clock.advance(4_000);
      peer.send(hex("00"));
      await hub.clock.advance(1_000);
      await peer.readToEnd();
    },
  );
}

Deno.test("a hub lets an agent of the first program stay", options, async () => {
  await using hub = await openHub();
  const peer = await hub.connect(SUBSCRIBER, new Uint8Array());
  while (hub.daemon.dispatcher.legacyAgents === 0) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await hub.clock.advance(60_000);
  hub.daemon.dispatcher.publish({ host: "ALL", command: "true" });
  assert.equal((await peer.read(8)).length, 8);
});
