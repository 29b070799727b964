import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { dial } from "../../../lib/sp/endpoints/dialer.ts";
import { inproc } from "../../../lib/sp/transports/inproc.ts";
import { listen } from "../../../lib/sp/endpoints/listener.ts";
import { PROTOCOL } from "../../../lib/sp/wire/protocol.ts";
import { Pub } from "../../../lib/sp/patterns/pubsub.ts";
import { Respondent, type Survey } from "../../../lib/sp/patterns/respondent.ts";
import { Sub } from "../../../lib/sp/patterns/pubsub.ts";
import { Surveyor } from "../../../lib/sp/patterns/surveyor.ts";
import { tcp } from "../../../lib/sp/transports/tcp.ts";
import { EndpointEventLog } from "../../support/sp/endpoint_event_log.ts";
import { headerOf, rawDial } from "../../support/sp/raw_peer.ts";

Deno.test("one port serves PUB, SURVEYOR and RESPONDENT at once, among strangers", {
  permissions: { net: ["127.0.0.1"] },
  timeout: 10_000,
}, async () => {
  const pub = new Pub();
  const surveyor = new Surveyor();
  const respondent = new Respondent();
  const log = new EndpointEventLog();
  const transports = [tcp];
  await using listener = await listen("tcp://127.0.0.1:0", {
    patterns: [pub, surveyor, respondent],
    transports,
    onEvent: log.onEvent,
  });
  await using silent = await rawDial(listener.url, tcp);
  await using browser = await rawDial(listener.url, tcp);
  browser.send(encodeUtf8("GET / HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n"));

  const sub = new Sub();
  sub.subscribe(encodeUtf8("n"));
  const answering = new Respondent();
  const asking = new Surveyor();
  await using stack = new AsyncDisposableStack();
  for (const pattern of [sub, answering, asking]) {
    stack.use(dial(listener.url, { patterns: [pattern], transports }));
  }
  const sets = [sub.pipes, answering.pipes, asking.pipes, pub.pipes, surveyor.pipes];
  await Promise.all([...sets, respondent.pipes].map((pipes) => pipes.waitForCount(1)));

  pub.publish(encodeUtf8("news"));
  assert.deepEqual((await sub[Symbol.asyncIterator]().next()).value, encodeUtf8("news"));
  assert.deepEqual(await ask(surveyor, answering), encodeUtf8("yes"));
  assert.deepEqual(await ask(asking, respondent), encodeUtf8("yes"));

  assert.match((await log.next("refused")).error.message, /does not speak SP/);
  assert.equal((await browser.readToEnd()).length, 0);
  assert.equal(silent.over, false);
});

Deno.test("one port keeps quiet until it knows who is there", {
  timeout: 5_000,
}, async () => {
  const transport = inproc();
  const patterns = [new Pub(), new Respondent()];
  await using listener = await listen("inproc://hub", { patterns, transports: [transport] });
  await using peer = await rawDial(listener.url, transport);
  peer.send("00 53 50 00 00 21 00");
  await peer.stream.flushed();
  assert.equal(peer.unread, 0);
  peer.send("00");
  assert.deepEqual(await peer.read(8), headerOf(PROTOCOL.pub));
});

/** Has one end ask and the other answer. */
async function ask(surveyor: Surveyor, respondent: Respondent): Promise<Uint8Array | undefined> {
  const answers = surveyor.survey(encodeUtf8("well?"), { deadlineMs: 5_000 })
    [Symbol.asyncIterator]();
  const survey: Survey = (await respondent[Symbol.asyncIterator]().next()).value;
  survey.answer(encodeUtf8("yes"));
  const { value } = await answers.next();
  await answers.return?.();
  return value?.body;
}
