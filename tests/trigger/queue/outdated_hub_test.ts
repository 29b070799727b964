import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { concat } from "../../../lib/base/bytes.ts";
import { encodeReply, type HubReply } from "../../../lib/protocol/operator/replies.ts";
import { listen } from "../../../lib/sp/endpoints/listener.ts";
import { RawRespondent } from "../../../lib/sp/mod.ts";
import { inproc } from "../../../lib/sp/transports/inproc.ts";
import { connectHub } from "../../../lib/trigger/queue/hub_connection.ts";
import { alice } from "../../support/envelope_fixtures.ts";

const URL = "inproc://hub";

/** Connects to a hub that has this reply to every call. */
async function connectTo(reply: HubReply): Promise<void> {
  const transport = inproc();
  const pattern: RawRespondent = new RawRespondent({
    survey: (survey) => void pattern.answer(survey, concat(encodeReply(reply))),
  });
  const hub = await listen(URL, { patterns: [pattern], transports: [transport] });
  const key = () => Promise.resolve(alice);
  const options = { url: URL, transports: [transport], version: "0.2.0", key };
  try {
    await using _connection = await connectHub(options, new AbortController().signal);
  } finally {
    await hub.close();
  }
}

const nonce = "5".repeat(64);

Deno.test("a hub of the first protocol is refused with a hint", async () => {
  const replies: readonly HubReply[] = [
    // It refuses the fields that it does not know.
    { kind: "failed", code: "malformed", message: 'call has an unknown field "protocol"' },
    { kind: "greeting", version: "0.1.0", nonce, login: false },
  ];
  for (const reply of replies) {
    await assert.rejects(connectTo(reply), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.message, `hub ${URL} is too old: it speaks protocol 1`);
      assert.equal(error.hint, "upgrade nanotrigger on the hub to 0.2");
      return true;
    });
  }
});

Deno.test("a hub of this protocol and of a later one are accepted", async () => {
  for (const protocol of [2, 3]) {
    await connectTo({ kind: "greeting", version: "0.9", nonce, login: false, protocol });
  }
});

Deno.test("the reason of a hub that refuses this program is shown", async () => {
  const message = "nanotrigger 0.2 is too old: upgrade it to 0.4";
  await assert.rejects(connectTo({ kind: "failed", code: "refused", message }), { message });
});
