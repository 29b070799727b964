import assert from "node:assert/strict";
import { utf8 } from "../../lib/base/bytes.ts";
import { encodeFrame } from "../../lib/sp/framing.ts";
import { encodeId } from "../../lib/sp/hops.ts";
import { ipc } from "../../lib/sp/ipc.ts";
import { Respondent, type Survey } from "../../lib/sp/respondent.ts";
import { Surveyor } from "../../lib/sp/surveyor.ts";
import { tcp } from "../../lib/sp/tcp.ts";
import { greeted } from "../support/greeted.ts";
import { marry } from "../support/marry.ts";
import { type OpenPattern, patternConformance } from "../support/pattern_conformance.ts";
import { hex } from "../support/raw_peer.ts";

const pure = { permissions: "none", timeout: 5_000 } as const;

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
        peer.send(encodeFrame("tcp", encodeId(7), utf8("q?")));
        const survey: Survey = (await surveys.next()).value;
        assert.deepEqual(survey.body, utf8("q?"));
        assert.equal(survey.answer(utf8("a!")), true);
        assert.deepEqual(await peer.read(14), encodeFrame("tcp", encodeId(7), utf8("a!")));
      },
    };
  },
});

Deno.test("Respondent answers with the stack unchanged", pure, async () => {
  const respondent = new Respondent();
  await using pair = await greeted(respondent);
  const surveys = respondent[Symbol.asyncIterator]();
  for (const stack of ["80000000", "0000012b 80000001", "00000001".repeat(7) + "ffffffff"]) {
    pair.peer.send(encodeFrame("tcp", hex(stack), utf8("q")));
    (await surveys.next()).value.answer(utf8("ok"));
    const answer = encodeFrame("tcp", hex(stack), utf8("ok"));
    assert.deepEqual(await pair.peer.read(answer.length), answer);
  }
});

Deno.test("Respondent answers each survey once", pure, async () => {
  const respondent = new Respondent();
  await using pair = await greeted(respondent);
  const surveys = respondent[Symbol.asyncIterator]();
  for (const id of [1, 2]) pair.peer.send(encodeFrame("tcp", encodeId(id), utf8("q")));
  const first: Survey = (await surveys.next()).value;
  const second: Survey = (await surveys.next()).value;
  assert.deepEqual([second, first, second].map((survey) => survey.answer(utf8("a"))), [
    true,
    true,
    false,
  ]);
  assert.deepEqual(await pair.peer.read(13), encodeFrame("tcp", encodeId(2), utf8("a")));
  assert.deepEqual(await pair.peer.read(13), encodeFrame("tcp", encodeId(1), utf8("a")));
});

Deno.test("Respondent cannot answer a surveyor that is gone", pure, async () => {
  const respondent = new Respondent();
  await using pair = await greeted(respondent);
  pair.peer.send(encodeFrame("tcp", encodeId(1), utf8("q")));
  const survey: Survey = (await respondent[Symbol.asyncIterator]().next()).value;
  await pair.peer[Symbol.asyncDispose]();
  await pair.pipe.ended;
  assert.equal(survey.answer(utf8("a")), false);
});

Deno.test(
  "Respondent that is not read slows its surveyor down and loses nothing",
  pure,
  async () => {
    const respondent = new Respondent();
    await using pair = await greeted(respondent);
    for (let count = 0; count < 1_000; count++) {
      pair.peer.send(encodeFrame("tcp", encodeId(count), utf8("q")));
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
  await using pair = await greeted(respondent);
  pair.peer.send(encodeFrame("tcp", encodeId(1), utf8("q")));
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
    stack.use(await marry(surveyor, respondent, { url, transport }));
    const answers = surveyor.survey(utf8("ping"), { deadlineMs: 5_000 })[Symbol.asyncIterator]();
    const survey: Survey = (await respondent[Symbol.asyncIterator]().next()).value;
    survey.answer(utf8("pong"));
    assert.deepEqual((await answers.next()).value?.body, utf8("pong"));
    await answers.return?.();
  }
});
