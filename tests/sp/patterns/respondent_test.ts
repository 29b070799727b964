import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { encodeFrame } from "../../../lib/sp/wire/framing.ts";
import { encodeSurveyId } from "../../../lib/sp/patterns/survey_header.ts";
import { ipc } from "../../../lib/sp/transports/ipc.ts";
import { Respondent, type Survey } from "../../../lib/sp/patterns/respondent.ts";
import { Surveyor } from "../../../lib/sp/patterns/surveyor.ts";
import { tcp } from "../../../lib/sp/transports/tcp.ts";
import { connectRawPeer } from "../../support/sp/raw_pattern_peer.ts";
import { connectPatterns } from "../../support/sp/connect_patterns.ts";
import { type OpenPattern, patternConformance } from "../../support/sp/pattern_conformance.ts";
import { hex } from "../../support/sp/raw_peer.ts";

const pure = { timeout: 5_000 } as const;

patternConformance({
  name: "Respondent",
  role: "respondent",
  garbage: ["", "80", "800000", "00000001", "00000001".repeat(8) + "80000001 6869"],
  open(): OpenPattern {
    const respondent = new Respondent();
    const surveys = respondent[Symbol.asyncIterator]();
    return {
      pattern: respondent,
      async exchange(peer) {
        peer.send(encodeFrame("tcp", encodeSurveyId(7), encodeUtf8("q?")));
        const survey: Survey = (await surveys.next()).value;
        assert.deepEqual(survey.body, encodeUtf8("q?"));
        assert.equal(survey.answer(encodeUtf8("a!")), true);
        assert.deepEqual(
          await peer.read(14),
          encodeFrame("tcp", encodeSurveyId(7), encodeUtf8("a!")),
        );
      },
    };
  },
});

Deno.test("Respondent answers with the stack unchanged", pure, async () => {
  const respondent = new Respondent();
  await using pair = await connectRawPeer(respondent);
  const surveys = respondent[Symbol.asyncIterator]();
  for (const stack of ["80000000", "0000012b 80000001", "00000001".repeat(7) + "ffffffff"]) {
    pair.peer.send(encodeFrame("tcp", hex(stack), encodeUtf8("q")));
    (await surveys.next()).value.answer(encodeUtf8("ok"));
    const answer = encodeFrame("tcp", hex(stack), encodeUtf8("ok"));
    assert.deepEqual(await pair.peer.read(answer.length), answer);
  }
});

Deno.test("Respondent answers each survey once", pure, async () => {
  const respondent = new Respondent();
  await using pair = await connectRawPeer(respondent);
  const surveys = respondent[Symbol.asyncIterator]();
  for (const id of [1, 2]) pair.peer.send(encodeFrame("tcp", encodeSurveyId(id), encodeUtf8("q")));
  const first: Survey = (await surveys.next()).value;
  const second: Survey = (await surveys.next()).value;
  assert.deepEqual([second, first, second].map((survey) => survey.answer(encodeUtf8("a"))), [
    true,
    true,
    false,
  ]);
  assert.deepEqual(
    await pair.peer.read(13),
    encodeFrame("tcp", encodeSurveyId(2), encodeUtf8("a")),
  );
  assert.deepEqual(
    await pair.peer.read(13),
    encodeFrame("tcp", encodeSurveyId(1), encodeUtf8("a")),
  );
});

Deno.test("Respondent cannot answer a surveyor that is gone", pure, async () => {
  const respondent = new Respondent();
  await using pair = await connectRawPeer(respondent);
  pair.peer.send(encodeFrame("tcp", encodeSurveyId(1), encodeUtf8("q")));
  const survey: Survey = (await respondent[Symbol.asyncIterator]().next()).value;
  await pair.peer[Symbol.asyncDispose]();
  await pair.pipe.ended;
  assert.equal(survey.answer(encodeUtf8("a")), false);
});

Deno.test(
  "Respondent that is not read slows its surveyor down and loses nothing",
  pure,
  async () => {
    const respondent = new Respondent();
    await using pair = await connectRawPeer(respondent);
    for (let count = 0; count < 1_000; count++) {
      pair.peer.send(encodeFrame("tcp", encodeSurveyId(count), encodeUtf8("q")));
    }
    const flushing = pair.peer.stream.flushed();
    assert.ok(pair.peer.stream.queued > 8_000);
    let taken = 0;
    for await (const _survey of respondent) if (++taken === 1_000) break;
    await flushing;
  },
);

Deno.test("Respondent.close ends the iteration after what waits", pure, async () => {
  const respondent = new Respondent();
  await using pair = await connectRawPeer(respondent);
  pair.peer.send(encodeFrame("tcp", encodeSurveyId(1), encodeUtf8("q")));
  await pair.peer.stream.flushed();
  respondent.close();
  assert.equal((await Array.fromAsync(respondent)).length, 1);
});

Deno.test("Respondent and Surveyor talk through any transport", {
  permissions: { net: true, read: true, write: true },
  timeout: 10_000,
}, async () => {
  const folder = await Deno.makeTempDir();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const places = [["tcp://127.0.0.1:0", tcp], [`ipc://${folder}/q`, ipc]] as const;
  for (const [url, transport] of places) {
    const surveyor = new Surveyor();
    const respondent = new Respondent();
    stack.use(await connectPatterns(surveyor, respondent, { url, transport }));
    const answers = surveyor.survey(encodeUtf8("ping"), { deadlineMs: 5_000 })
      [Symbol.asyncIterator]();
    const survey: Survey = (await respondent[Symbol.asyncIterator]().next()).value;
    survey.answer(encodeUtf8("pong"));
    assert.deepEqual((await answers.next()).value?.body, encodeUtf8("pong"));
    await answers.return?.();
  }
});
