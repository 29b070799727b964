import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../../lib/base/bytes.ts";
import {
  decodeSurveyId,
  encodeSurveyId,
  MAX_HEADER_WORDS,
  randomSurveyId,
  splitSurveyMessage,
} from "../../../lib/sp/patterns/survey_header.ts";
import { hex } from "../../support/sp/raw_peer.ts";

const hopWord = fc.nat(0x7fffffff).map((word) => hex(word.toString(16).padStart(8, "0")));

Deno.test("splitSurveyMessage cuts at the first word whose top bit is set", () => {
  const rows: readonly (readonly [string, string, string])[] = [
    ["just the id", "80000001", "6869"],
    ["an empty body", "80000001", ""],
    ["the id 0", "80000000", "51"],
    ["a second id is body", "ffffffff", "00000002 51"],
    ["one hop", "0000012b 80000001", "51"],
    ["seven hops", "00000001".repeat(7) + "80000001", "51"],
    ["a body that looks like a stack", "80000001", "00000001 80000002"],
  ];
  for (const [what, header, body] of rows) {
    const stacked = splitSurveyMessage(hex(header + body));
    assert.deepEqual(stacked, { header: hex(header), body: hex(body) }, what);
  }
});

Deno.test("splitSurveyMessage finds nothing in a malformed stack", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["nothing", ""],
    ["three bytes", "800000"],
    ["no id", "00000001 00000002"],
    ["no id, and half a word", "00000001 8000"],
    ["eight hops and then the id", "00000001".repeat(8) + "80000001 51"],
    ["no end in sight", "7fffffff".repeat(1_000)],
  ];
  for (const [what, payload] of rows) {
    assert.equal(splitSurveyMessage(hex(payload)), undefined, what);
  }
});

Deno.test("splitSurveyMessage gives back every stack of up to seven hops", () => {
  const hops = fc.array(hopWord, { maxLength: MAX_HEADER_WORDS - 1 });
  fc.assert(fc.property(hops, fc.nat(0x7fffffff), fc.uint8Array(), (words, id, body) => {
    const header = concat([...words, encodeSurveyId(id)]);
    assert.deepEqual(splitSurveyMessage(concat([header, body])), { header, body });
    assert.equal(decodeSurveyId(header), words.length === 0 ? id : undefined);
  }));
});

Deno.test("splitSurveyMessage and decodeSurveyId take any bytes without throwing", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 48 }), (payload) => {
    const stacked = splitSurveyMessage(payload);
    if (stacked) assert.deepEqual(concat([stacked.header, stacked.body]), payload);
    decodeSurveyId(payload);
  }));
});

Deno.test("encodeSurveyId sets the top bit and counts modulo 2^31", () => {
  assert.deepEqual(encodeSurveyId(0), hex("80000000"));
  assert.deepEqual(encodeSurveyId(0x15c1d74b), hex("95c1d74b"));
  assert.deepEqual(encodeSurveyId(0x7fffffff), hex("ffffffff"));
  assert.deepEqual(encodeSurveyId(0x80000000), hex("80000000"));
});

Deno.test("decodeSurveyId knows only the stack of an end node", () => {
  assert.equal(decodeSurveyId(hex("80000000")), 0);
  assert.equal(decodeSurveyId(hex("ffffffff")), 0x7fffffff);
  for (const other of ["", "800000", "00000001", "00000001 80000002"]) {
    assert.equal(decodeSurveyId(hex(other)), undefined, other);
  }
});

Deno.test("randomSurveyId gives 31-bit numbers, not always the same", () => {
  const ids = Array.from({ length: 50 }, randomSurveyId);
  assert.ok(ids.every((id) => Number.isInteger(id) && id >= 0 && id <= 0x7fffffff));
  assert.ok(new Set(ids).size > 1);
});
