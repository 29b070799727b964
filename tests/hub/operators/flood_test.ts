import assert from "node:assert/strict";
import { openHubDaemon } from "../../../lib/hub/hub_daemon.ts";
import { openHubStore } from "../../../lib/hub/store/hub_store.ts";
import { tcp } from "../../../lib/sp/mod.ts";
import { hex } from "../../support/sp/raw_peer.ts";

const SURVEYOR = hex("00 53 50 00 00 62 00 00");
const RESPONDENT = hex("00 53 50 00 00 63 00 00");
const WORDLESS = hex("00 00 00 00 00 00 00 04 80 00 00 01");
const EMPTY = hex("00 00 00 00 00 00 00 00");
const MAX_FRAMES = 1_000_000;

/** A peer, and the bytes that it sends repeatedly without reading. */
const FLOODS: readonly (readonly [string, Uint8Array, Uint8Array])[] = [
  ["an operator who only asks", SURVEYOR, WORDLESS],
  ["an operator whose messages are empty", SURVEYOR, EMPTY],
  ["an agent that only answers", RESPONDENT, WORDLESS],
  ["an agent whose messages are empty", RESPONDENT, EMPTY],
];

for (const [title, header, frame] of FLOODS) {
  Deno.test(`a stranger is let go: ${title}`, {
    permissions: { net: ["127.0.0.1"] },
    timeout: 60_000,
  }, async () => {
    using store = openHubStore({ path: ":memory:" }).store;
    await using daemon = await openHubDaemon({
      listen: ["tcp://127.0.0.1:0"],
      transports: [tcp],
      store,
      version: "0",
      insecure: false,
      keepOutput: 1_000,
    });
    const port = Number(new URL(daemon.dispatcher.urls[0] ?? "").port);
    using peer = await Deno.connect({ hostname: "127.0.0.1", port });
    const frames = new Uint8Array(frame.length * 1_000)
      .map((_, at) => frame[at % frame.length] ?? 0);
    const flood = async () => {
      await peer.write(header);
      for (let count = 0; count < MAX_FRAMES; count += 1_000) {
        for (let sent = 0; sent < frames.length;) {
          sent += await peer.write(frames.subarray(sent));
        }
      }
    };
    await assert.rejects(flood(), /reset|[Bb]roken pipe/);
  });
}
