import assert from "node:assert/strict";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { encodeFrame } from "../../../lib/sp/wire/framing.ts";
import { encodeSurveyId } from "../../../lib/sp/patterns/survey_header.ts";
import { RawSurveyor } from "../../../lib/sp/patterns/surveyor.ts";
import { connectRawPeer, SinkLog } from "../../support/sp/raw_pattern_peer.ts";
import { type OpenPattern, patternConformance } from "../../support/sp/pattern_conformance.ts";
import { hex } from "../../support/sp/raw_peer.ts";

const pure = { timeout: 5_000 } as const;

patternConformance({
  name: "RawSurveyor",
  role: "surveyor",
  garbage: ["", "80", "800000", "00000001", "00000001 80000001 6869", "00000001".repeat(9)],
  open(): OpenPattern {
    const taken: string[] = [];
    let arrival = Promise.withResolvers<void>();
    const surveyor = new RawSurveyor({
      answer(_pipe, id, body) {
        taken.push(`${id} ${decodeUtf8(body)}`);
        arrival.resolve();
        arrival = Promise.withResolvers<void>();
      },
    });
    return {
      pattern: surveyor,
      async exchange(peer) {
        for (const pipe of surveyor.pipes) surveyor.ask(pipe, 7, encodeUtf8("q?"));
        assert.deepEqual(
          await peer.read(14),
          encodeFrame("tcp", encodeSurveyId(7), encodeUtf8("q?")),
        );
        peer.send(encodeFrame("tcp", encodeSurveyId(7), encodeUtf8("a!")));
        while (taken.length === 0) await arrival.promise;
        assert.deepEqual(taken.splice(0), ["7 a!"]);
      },
      sendToAll(body) {
        for (const pipe of surveyor.pipes) surveyor.ask(pipe, 7, body.subarray(4));
      },
    };
  },
});

Deno.test("RawSurveyor asks one respondent and hears every answer", pure, async () => {
  const log = new SinkLog();
  const surveyor = new RawSurveyor(log.surveyor);
  await using pair = await connectRawPeer(surveyor);
  const { peer, pipe } = pair;
  assert.deepEqual(log.taken, ["attached"]);
  assert.equal(surveyor.ask(pipe, 0x80000005, encodeUtf8("q")), true);
  assert.deepEqual(await peer.read(13), encodeFrame("tcp", hex("80000005"), encodeUtf8("q")));
  for (const body of ["one", "two", ""]) {
    peer.send(encodeFrame("tcp", hex("80000005"), encodeUtf8(body)));
  }
  peer.send(encodeFrame("tcp", hex("ffffffff"), encodeUtf8("unasked")));
  await log.length(5);
  assert.deepEqual(log.taken.slice(1), ["5 one", "5 two", "5 ", "2147483647 unasked"]);
});

Deno.test("RawSurveyor tells of malformed answers and of the end", pure, async () => {
  const log = new SinkLog();
  await using pair = await connectRawPeer(new RawSurveyor(log.surveyor));
  pair.peer.send(encodeFrame("tcp", hex("800000")), encodeFrame("tcp", hex("00000001 80000001")));
  pair.peer.end();
  await log.length(4);
  assert.deepEqual(log.taken.slice(1), ["malformed", "malformed", "detached: ended"]);
  assert.equal(pair.pipe.send(hex("01")), false);
});
