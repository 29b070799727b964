import assert from "node:assert/strict";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { encodeFrame } from "../../../lib/sp/wire/framing.ts";
import { encodeSurveyId } from "../../../lib/sp/patterns/survey_header.ts";
import { RawRespondent, type RawSurvey } from "../../../lib/sp/patterns/respondent.ts";
import { connectRawPeer, SinkLog } from "../../support/sp/raw_pattern_peer.ts";
import { type OpenPattern, patternConformance } from "../../support/sp/pattern_conformance.ts";
import { hex } from "../../support/sp/raw_peer.ts";

const pure = { timeout: 5_000 } as const;

patternConformance({
  name: "RawRespondent",
  role: "respondent",
  garbage: [
    "",
    "80",
    "800000",
    "00000001",
    "00000001 00000002 7fffffff",
    "00000001".repeat(8) + "80000001",
  ],
  open(): OpenPattern {
    const taken: string[] = [];
    const respondent: RawRespondent = new RawRespondent({
      survey(survey) {
        taken.push(decodeUtf8(survey.body));
        respondent.answer(survey, encodeUtf8("a!"));
      },
    });
    return {
      pattern: respondent,
      async exchange(peer) {
        peer.send(encodeFrame("tcp", encodeSurveyId(7), encodeUtf8("q?")));
        assert.deepEqual(
          await peer.read(14),
          encodeFrame("tcp", encodeSurveyId(7), encodeUtf8("a!")),
        );
        assert.deepEqual(taken.splice(0), ["q?"]);
      },
    };
  },
});

Deno.test(
  "RawRespondent answers as often as it likes, with the stack unchanged",
  pure,
  async () => {
    const stacks = ["80000001", "ffffffff", "0000012b 80000001", "00000001".repeat(7) + "80000001"];
    const surveys: RawSurvey[] = [];
    const log = new SinkLog();
    const respondent = new RawRespondent({
      survey(survey) {
        surveys.push(survey);
        log.add("survey");
      },
    });
    await using pair = await connectRawPeer(respondent);
    for (const stack of stacks) pair.peer.send(encodeFrame("tcp", hex(stack), encodeUtf8("q")));
    await log.length(stacks.length);
    for (const body of ["one", "two"]) {
      for (const [index, survey] of surveys.entries()) {
        assert.deepEqual(survey.body, encodeUtf8("q"));
        assert.equal(respondent.answer(survey, encodeUtf8(body)), true);
        const answer = encodeFrame("tcp", hex(stacks[index] ?? ""), encodeUtf8(body));
        assert.deepEqual(await pair.peer.read(answer.length), answer);
      }
    }
  },
);

Deno.test("RawRespondent tells of malformed surveys and of the end", pure, async () => {
  const log = new SinkLog();
  await using pair = await connectRawPeer(new RawRespondent(log.respondent));
  pair.peer.send(encodeFrame("tcp", hex("800000")), encodeFrame("tcp", hex("00000001".repeat(8))));
  pair.peer.end();
  await log.length(4);
  assert.deepEqual(log.taken, ["attached", "malformed", "malformed", "detached: ended"]);
});

Deno.test(
  "RawRespondent cannot answer a surveyor that is gone or reads too slowly",
  pure,
  async () => {
    const surveys: RawSurvey[] = [];
    const log = new SinkLog();
    const respondent = new RawRespondent({
      survey(survey) {
        surveys.push(survey);
        log.add("survey");
      },
    });
    await using pair = await connectRawPeer(respondent, { maxQueued: 1_000 });
    pair.peer.send(encodeFrame("tcp", encodeSurveyId(1), encodeUtf8("q")));
    await log.length(1);
    const [survey] = surveys;
    assert.ok(survey);
    pair.peer.stopReading();
    assert.equal(respondent.answer(survey, new Uint8Array(2_000)), true);
    assert.equal(respondent.answer(survey, new Uint8Array(1)), false);
    pair.peer.readOn();
    await pair.pipe.flushed();
    assert.equal(respondent.answer(survey, new Uint8Array(1)), true);
    await pair.peer[Symbol.asyncDispose]();
    await pair.pipe.ended;
    assert.equal(respondent.answer(survey, new Uint8Array(1)), false);
  },
);
