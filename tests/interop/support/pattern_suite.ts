/**
 * The four patterns against one independent program, in both directions and over tcp and ipc.
 * @module
 */
import assert from "node:assert/strict";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { Pub } from "../../../lib/sp/patterns/pubsub.ts";
import { Respondent } from "../../../lib/sp/patterns/respondent.ts";
import { Sub } from "../../../lib/sp/patterns/pubsub.ts";
import { Surveyor } from "../../../lib/sp/patterns/surveyor.ts";
import { connectProgram, type ConnectProgramOptions } from "./connect_program.ts";
import { nextMessage, nextText, type SpProgram } from "./sp_program.ts";
import { interopTestCase } from "./interop_test_case.ts";

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** Registers the tests of `program`. */
export function patternSuite(program: SpProgram): void {
  for (const scheme of ["tcp", "ipc"] as const) {
    for (const side of ["dials", "listens"] as const) {
      const where = `that ${side} over ${scheme}`;
      const test = (title: string, run: (options: ConnectProgramOptions) => Promise<void>) => {
        interopTestCase(program.peer, `${title} ${where}`, () => run({ scheme, side }));
      };
      test(`Pub feeds the SUB of ${program.name}`, (options) => feedSub(program, options));
      test(`Sub hears the PUB of ${program.name}`, (options) => hearPub(program, options));
      test(`Surveyor asks the RESPONDENT of ${program.name}`, (options) =>
        askRespondent(program, options));
      test(`Respondent answers the SURVEYOR of ${program.name}`, (options) =>
        answerSurveyor(program, options));
    }
  }
}

async function feedSub(program: SpProgram, options: ConnectProgramOptions): Promise<void> {
  const pub = new Pub();
  await using met = await connectProgram(pub, [program, { role: "sub", subscribe: "ab" }], options);
  await pub.pipes.waitForCount(1);
  const body = new Uint8Array([...encodeUtf8("ab"), ...ALL_BYTES]);
  for (const text of ["", "a", "xab", "AB", "ab", "abc"]) pub.publish(encodeUtf8(text));
  assert.deepEqual(pub.publish(body), { sent: 1, dropped: 0 });
  assert.equal(await nextText(met.program), "ab");
  assert.equal(await nextText(met.program), "abc");
  assert.deepEqual(await nextMessage(met.program), body);
}

async function hearPub(program: SpProgram, options: ConnectProgramOptions): Promise<void> {
  const sub = new Sub();
  sub.subscribe(encodeUtf8("host1:"));
  await using met = await connectProgram(
    sub,
    [program, { role: "pub", say: "host1:uptime" }],
    options,
  );
  met.program.status.then(() => sub.close());
  let count = 0;
  for await (const body of sub) {
    assert.equal(decodeUtf8(body), "host1:uptime");
    if (++count === 2) return;
  }
  assert.fail("the program has ended");
}

async function askRespondent(program: SpProgram, options: ConnectProgramOptions): Promise<void> {
  const surveyor = new Surveyor();
  await using met = await connectProgram(
    surveyor,
    [program, { role: "respondent", say: "here" }],
    options,
  );
  await surveyor.pipes.waitForCount(1);
  for (const question of ["who?", "where?", "who again?"]) {
    for await (const { body } of surveyor.survey(encodeUtf8(question), { deadlineMs: 10_000 })) {
      assert.equal(decodeUtf8(body), "here");
      break;
    }
    assert.equal(await nextText(met.program), question);
  }
}

async function answerSurveyor(program: SpProgram, options: ConnectProgramOptions): Promise<void> {
  const respondent = new Respondent();
  await using met = await connectProgram(
    respondent,
    [program, { role: "surveyor", say: "who?" }],
    options,
  );
  met.program.status.then(() => respondent.close());
  let count = 0;
  for await (const survey of respondent) {
    assert.equal(decodeUtf8(survey.body), "who?");
    assert.equal(survey.answer(encodeUtf8(`answer ${++count}`)), true);
    assert.equal(await nextText(met.program), `answer ${count}`);
    if (count === 2) return;
  }
  assert.fail("the program has ended");
}
