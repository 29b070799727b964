import assert from "node:assert/strict";
import { fromUtf8, utf8 } from "../../lib/base/bytes.ts";
import { encodeFrame } from "../../lib/sp/framing.ts";
import { encodeId } from "../../lib/sp/hops.ts";
import { RawSurveyor } from "../../lib/sp/raw_surveyor.ts";
import { greeted, SinkLog } from "../support/greeted.ts";
import { type OpenPattern, patternConformance } from "../support/pattern_conformance.ts";
import { hex } from "../support/raw_peer.ts";

const pure = { permissions: "none", timeout: 5_000 } as const;

patternConformance({
  name: "RawSurveyor",
  role: "surveyor",
  garbage: ["", "80", "800000", "00000001", "00000001 80000001 6869", "00000001".repeat(9)],
  open(): OpenPattern {
    const taken: string[] = [];
    let arrival = Promise.withResolvers<void>();
    const surveyor = new RawSurveyor({
      answer(_pipe, id, body) {
        taken.push(`${id} ${fromUtf8(body)}`);
        arrival.resolve();
        arrival = Promise.withResolvers<void>();
      },
    });
    return {
      pattern: surveyor,
      async exchange(peer) {
        for (const pipe of surveyor.pipes) surveyor.ask(pipe, 7, utf8("q?"));
        assert.deepEqual(await peer.read(14), encodeFrame("tcp", encodeId(7), utf8("q?")));
        peer.send(encodeFrame("tcp", encodeId(7), utf8("a!")));
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
  await using pair = await greeted(surveyor);
  const { peer, pipe } = pair;
  assert.deepEqual(log.taken, ["attached"]);
  assert.equal(surveyor.ask(pipe, 0x80000005, utf8("q")), true);
  assert.deepEqual(await peer.read(13), encodeFrame("tcp", hex("80000005"), utf8("q")));
  for (const body of ["one", "two", ""]) peer.send(encodeFrame("tcp", hex("80000005"), utf8(body)));
  peer.send(encodeFrame("tcp", hex("ffffffff"), utf8("unasked")));
  await log.length(5);
  assert.deepEqual(log.taken.slice(1), ["5 one", "5 two", "5 ", "2147483647 unasked"]);
});

Deno.test("RawSurveyor tells of malformed answers and of the end", pure, async () => {
  const log = new SinkLog();
  await using pair = await greeted(new RawSurveyor(log.surveyor));
  pair.peer.send(encodeFrame("tcp", hex("800000")), encodeFrame("tcp", hex("00000001 80000001")));
  pair.peer.end();
  await log.length(4);
  assert.deepEqual(log.taken.slice(1), ["malformed", "malformed", "detached: ended"]);
  assert.equal(pair.pipe.send(hex("01")), false);
});
