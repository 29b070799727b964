/** One request sent again in every way, to a running agent: rows 30 to 34 of the catalogue. */

import assert from "node:assert/strict";
import { Journal } from "../../lib/agent/records/journal.ts";
import { AgentFixture } from "../support/agent/agent_fixture.ts";
import { assertObeys } from "../support/agent/hostile_messages.ts";
import { inFastFolder } from "../support/fast_folder.ts";
import { requestAt, type Signed, signed } from "../support/agent/signed_request.ts";
import { SettableClock } from "../support/settable_clock.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true };
const DAY = 86_400_000;

/** Sends `request` again; returns the code of the refusal, or the other answer. */
async function replay(agent: AgentFixture, { id, bytes }: Signed): Promise<string> {
  const ran = agent.ran.length;
  agent.takeEvents();
  agent.hub.send(bytes);
  await agent.hub.heard();
  assert.equal(agent.ran.length, ran, "nothing was run");
  assert.equal(agent.takeEvents().filter(({ kind }) => kind === "admission").length, 1);
  if (agent.hub.received.length === 0) return "nothing";
  const { outcome } = await agent.hub.result(id);
  return outcome.kind === "refused" ? outcome.code : outcome.kind;
}

/** Runs a request, and acknowledges its result. */
async function runOnce(agent: AgentFixture, lifeMs = DAY): Promise<Signed> {
  const now = agent.clock.now();
  const request = signed(requestAt(now, { expires: now + lifeMs }));
  agent.hub.send(request.bytes);
  await agent.hub.result(request.id);
  agent.hub.say({ kind: "ack", id: request.id });
  await agent.hub.heard();
  agent.hub.received.length = 0;
  return request;
}

Deno.test("30: an agent runs nothing again, on the same link or a new one", async () => {
  await using agent = await AgentFixture.open();
  const request = await runOnce(agent);
  assert.equal(await replay(agent, request), "already-run");
  await agent.hub.hangUp();
  await agent.hub.hello();
  assert.equal(await replay(agent, request), "already-run");
  agent.clock.advance(2 * DAY);
  assert.equal(await replay(agent, request), "already-run");
  await assertObeys(agent);
});

Deno.test("30: an agent runs nothing that was meant for another", async () => {
  await using agent = await AgentFixture.open();
  assert.equal(await replay(agent, agent.request({ target: "web2" })), "nothing");
  await assertObeys(agent);
});

Deno.test("31: an agent refuses another request with the same id", async () => {
  await using agent = await AgentFixture.open();
  const { id } = await runOnce(agent);
  for (const run of [{ kind: "shell", command: "id" }, { kind: "argv", argv: ["id"] }] as const) {
    assert.equal(await replay(agent, agent.request({ id, run })), "id-reused");
  }
  await assertObeys(agent);
});

/** Changes of the journal while the agent is down, and the expected answer to a replay. */
const LOSSES: Readonly<Record<string, readonly [(path: string) => Promise<unknown>, string]>> = {
  "30: a restart": [() => Promise.resolve(), "already-run"],
  "32: its journal being deleted": [(path) => Deno.remove(path), "before-floor"],
  "32: its journal being emptied": [(path) => Deno.truncate(path), "before-floor"],
  "32: its journal being put back": [
    (path) => Deno.copyFile(`${path}.copy`, path),
    "before-floor",
  ],
};

for (const [what, [change, code]] of Object.entries(LOSSES)) {
  Deno.test(`${what} lets an agent run nothing again`, { permissions }, async () => {
    await inFastFolder(async (folder) => {
      const path = `${folder}/journal.db`;
      const clock = new SettableClock(Date.now());
      new Journal({ path, clock })[Symbol.dispose]();
      await Deno.copyFile(path, `${path}.copy`);
      let request: Signed;
      {
        await using agent = await AgentFixture.open({
          clock,
          journal: new Journal({ path, clock }),
        });
        request = await runOnce(agent);
      }
      await change(path);
      clock.advance(1_000);
      await using agent = await AgentFixture.open({
        clock,
        journal: new Journal({ path, clock }),
      });
      assert.equal(await replay(agent, request), code);
      await assertObeys(agent);
    });
  });
}

Deno.test("33: an agent whose memory is full refuses what is new and knows what is old", async () => {
  const clock = new SettableClock();
  const journal = new Journal({ path: ":memory:", capacity: 3, clock });
  await using agent = await AgentFixture.open({ clock, journal });
  const old = [await runOnce(agent), await runOnce(agent), await runOnce(agent)];
  for (let round = 0; round < 3; round++) {
    assert.equal(await replay(agent, agent.request()), "journal-full");
    for (const request of old) assert.equal(await replay(agent, request), "already-run");
  }
  clock.advance(DAY + 120_000);
  await assertObeys(agent);
});

Deno.test("34: an agent whose clock is moved runs nothing again, and obeys when it is right", async () => {
  await using agent = await AgentFixture.open();
  const request = await runOnce(agent);
  const right = agent.clock.now();
  const honest = () => agent.request({ issued: right, expires: right + DAY });
  agent.clock.set(right - DAY);
  assert.equal(await replay(agent, request), "already-run");
  assert.equal(await replay(agent, honest()), "from-the-future");
  agent.clock.set(right - 30_001);
  const early = agent.request({ issued: right - 500, expires: right });
  assert.equal(await replay(agent, early), "clock-behind");
  agent.clock.set(right + 365 * DAY);
  assert.equal(await replay(agent, request), "already-run");
  assert.equal(await replay(agent, honest()), "expired");
  agent.clock.set(right);
  assert.equal(await replay(agent, request), "already-run");
  await assertObeys(agent);
});
