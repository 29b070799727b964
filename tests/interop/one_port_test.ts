import assert from "node:assert/strict";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { decodeUtf8, encodeUtf8 } from "../../lib/base/bytes.ts";
import { ipc } from "../../lib/sp/transports/ipc.ts";
import { listen, type Listener } from "../../lib/sp/endpoints/listener.ts";
import { Pub } from "../../lib/sp/patterns/pubsub.ts";
import { Respondent } from "../../lib/sp/patterns/respondent.ts";
import { Sub } from "../../lib/sp/patterns/pubsub.ts";
import { Surveyor } from "../../lib/sp/patterns/surveyor.ts";
import { tcp } from "../../lib/sp/transports/tcp.ts";
import { nanocat, nngcat } from "./support/cat_program.ts";
import { freeUrl } from "./support/connect_program.ts";
import { findNpmNanomsg } from "./support/npm_nanomsg.ts";
import type { ForeignProcess } from "./support/foreign_process.ts";
import { allOf, nextText, type Part } from "./support/sp_program.ts";
import { interopTestCase } from "./support/interop_test_case.ts";

const PROGRAMS = [nanocat, nngcat, await findNpmNanomsg()];
const NAMES = PROGRAMS.map(({ name }) => name).sort();

for (const scheme of ["tcp", "ipc"] as const) {
  interopTestCase(
    allOf(PROGRAMS),
    `listen serves all roles of all programs on one ${scheme} port at once`,
    () => serveAll(scheme),
  );
}

async function serveAll(scheme: "tcp" | "ipc"): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const hub = { pub: new Pub(), sub: new Sub(), surveyor: new Surveyor() };
  const respondent = new Respondent();
  const listener = cleanup.use(
    await listen(await freeUrl(scheme, cleanup), {
      patterns: [...Object.values(hub), respondent],
      transports: [tcp, ipc],
    }),
  );
  hub.sub.subscribe(encodeUtf8(""));
  const strangers = scheme === "tcp"
    ? [knock(listener, ""), knock(listener, "GET / HTTP/1.1")]
    : [];
  const start = (partOf: (name: string) => Part): ForeignProcess[] =>
    PROGRAMS.map((program) =>
      cleanup.use(program.start(partOf(program.name), { side: "dials", url: listener.url }))
    );
  const subs = start(() => ({ role: "sub", subscribe: "" }));
  const surveyors = start((name) => ({ role: "surveyor", say: name }));
  start((name) => ({ role: "pub", say: name }));
  start((name) => ({ role: "respondent", say: name }));

  const answering = answerAll(respondent);
  await Promise.all([hub.pub.pipes.waitForCount(3), hub.surveyor.pipes.waitForCount(3)]);
  hub.pub.publish(encodeUtf8("to all"));
  for (const sub of subs) assert.equal(await nextText(sub), "to all");
  assert.deepEqual(await answersTo(hub.surveyor), NAMES);
  for (const surveyor of surveyors) assert.equal(await nextText(surveyor), "answer");
  assert.deepEqual(await heard(hub.sub), NAMES);
  assert.deepEqual(await Promise.all(strangers), strangers.map(() => ""));
  respondent.close();
  await answering;
}

/** Connects, says something that is not SP, and returns what comes until the connection is over. */
function knock(listener: Listener, words: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port: Number(listener.url.split(":").at(-1)) });
  socket.write(words);
  return text(socket);
}

async function answerAll(respondent: Respondent): Promise<void> {
  for await (const survey of respondent) survey.answer(encodeUtf8("answer"));
}

async function answersTo(surveyor: Surveyor): Promise<string[]> {
  const answers: string[] = [];
  for await (const { body } of surveyor.survey(encodeUtf8("who?"), { deadlineMs: 10_000 })) {
    if (answers.push(decodeUtf8(body)) === PROGRAMS.length) break;
  }
  return answers.sort();
}

/** The names that come in, until all have come. */
async function heard(sub: Sub): Promise<string[]> {
  const names = new Set<string>();
  for await (const body of sub) {
    if (names.add(decodeUtf8(body)).size === PROGRAMS.length) break;
  }
  return [...names].sort();
}
