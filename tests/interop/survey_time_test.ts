import assert from "node:assert/strict";
import { decodeUtf8, encodeUtf8 } from "../../lib/base/bytes.ts";
import { Respondent, type Survey } from "../../lib/sp/patterns/respondent.ts";
import { Surveyor } from "../../lib/sp/patterns/surveyor.ts";
import { nanocat, nngcat } from "./support/cat_program.ts";
import { connectProgram } from "./support/connect_program.ts";
import { findNpmNanomsg } from "./support/npm_nanomsg.ts";
import { nextText, type SpProgram } from "./support/sp_program.ts";
import { interopTestCase } from "./support/interop_test_case.ts";

const npmNanomsg = await findNpmNanomsg();
const WHERE = { scheme: "tcp", side: "dials" } as const;

interopTestCase(
  npmNanomsg.peer,
  "Surveyor ends a survey at its deadline and ignores later answers",
  async () => {
    const slow: SpProgram = {
      ...npmNanomsg,
      start: (_part, meeting) => npmNanomsg.startSlowRespondent("answer to %", 300, meeting),
    };
    const surveyor = new Surveyor();
    await using met = await connectProgram(
      surveyor,
      [slow, { role: "respondent", say: "" }],
      WHERE,
    );
    await surveyor.pipes.waitForCount(1);
    const began = performance.now();
    for await (const _ of surveyor.survey(encodeUtf8("one"), { deadlineMs: 100 })) assert.fail();
    assert.ok(performance.now() - began >= 99);
    assert.equal(await nextText(met.program), "one"); // it has answered by now
    for await (const { body } of surveyor.survey(encodeUtf8("two"), { deadlineMs: 10_000 })) {
      return assert.equal(decodeUtf8(body), "answer to two");
    }
    assert.fail("no answer");
  },
);

interopTestCase(
  npmNanomsg.peer,
  "Respondent does no harm with an answer that is late",
  async () => {
    const hasty: SpProgram = {
      ...npmNanomsg,
      start: (_part, meeting) => npmNanomsg.startHastySurveyor("well?", 50, meeting),
    };
    const respondent = new Respondent();
    await using met = await connectProgram(
      respondent,
      [hasty, { role: "surveyor", say: "" }],
      WHERE,
    );
    const answering = answerAllButFirst(respondent);
    assert.equal(await nextText(met.program), "in time");
    respondent.close();
    await answering;
  },
);

for (const program of [nanocat, nngcat]) {
  interopTestCase(
    program.peer,
    `Surveyor hears several RESPONDENTs of ${program.name} in one survey`,
    async () => {
      const surveyor = new Surveyor();
      await using cleanup = new AsyncDisposableStack();
      const first = await connectProgram(
        surveyor,
        [program, { role: "respondent", say: "a" }],
        WHERE,
      );
      cleanup.use(first);
      cleanup.use(
        await connectProgram(surveyor, [program, { role: "respondent", say: "b" }], WHERE),
      );
      await surveyor.pipes.waitForCount(2);
      const answers: string[] = [];
      for await (const { body } of surveyor.survey(encodeUtf8("who?"), { deadlineMs: 10_000 })) {
        if (answers.push(decodeUtf8(body)) === 2) break;
      }
      assert.deepEqual(answers.sort(), ["a", "b"]);
    },
  );
}

/** Answers the first survey only when the second has come, and those after it at once. */
async function answerAllButFirst(respondent: Respondent): Promise<void> {
  let first: Survey | undefined;
  for await (const survey of respondent) {
    if (!first) {
      first = survey;
      continue;
    }
    first.answer(encodeUtf8("late")); // without effect from the second time on
    survey.answer(encodeUtf8("in time"));
  }
}
