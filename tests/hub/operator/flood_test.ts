import assert from "node:assert/strict";
import { openHubDaemon } from "../../../lib/hub/hub_daemon.ts";
import { openHubStore } from "../../../lib/hub/store/hub_store.ts";
import { tcp } from "../../../lib/sp/mod.ts";

const SURVEYOR = Uint8Array.of(0, 0x53, 0x50, 0, 0, 0x62, 0, 0);
const NOTHING = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 4, 0x80, 0, 0, 1);
const MAX_ASKS = 1_000_000;

Deno.test("a stranger who asks and asks and never reads is let go", {
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
  const port = Number(new URL(daemon.hub.urls[0] ?? "").port);
  using stranger = await Deno.connect({ hostname: "127.0.0.1", port });
  const asks = new Uint8Array(NOTHING.length * 1_000).map((_, at) => NOTHING[at % 12] ?? 0);
  const flood = async () => {
    await stranger.write(SURVEYOR);
    for (let asked = 0; asked < MAX_ASKS; asked += 1_000) {
      for (let sent = 0; sent < asks.length;) sent += await stranger.write(asks.subarray(sent));
    }
  };
  await assert.rejects(flood(), /reset|[Bb]roken pipe/);
});
