import assert from "node:assert/strict";
import { parseTarget } from "../../../lib/nodeset/mod.ts";
import { type PreparedRequest, prepareRequest } from "../../../lib/trigger/requests/submission.ts";
import type { SubmittedJob } from "../../../lib/trigger/queue/queue.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import {
  type HubDaemonFixture,
  openHubDaemonFixture,
} from "../../support/hub/hub_daemon_fixture.ts";
import { JobRecorder } from "../../support/hub/job_recorder.ts";
import type { ScriptedAgent } from "../../support/hub/scripted_agent.ts";

const pure = { timeout: 10_000 } as const;

interface Scene extends AsyncDisposable {
  readonly fixture: HubDaemonFixture;
  readonly made: PreparedRequest;
  readonly sink: JobRecorder;
  readonly web1: ScriptedAgent;
  readonly web2: ScriptedAgent;
  submit(nodes: readonly string[], held?: boolean): Promise<SubmittedJob>;
}

/** Two agents, of which web1 is known to the operator by another key. */
async function openScene(): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const fixture = stack.use(await openHubDaemonFixture());
  const web1 = stack.use(await fixture.attach({ name: "web1" }));
  const web2 = stack.use(await fixture.attach({ name: "web2" }));
  fixture.pins.set("web1", alice.publicKey);
  fixture.pins.set("web2", web2.key.publicKey);
  const made = prepareRequest({
    target: parseTarget("web[1-2]", { syntax: "set" }),
    run: { kind: "argv", argv: ["uptime"] },
    timeoutMs: 1_000,
    mode: "run",
    lifeMs: 60_000,
  }, [alice]);
  const sink = new JobRecorder();
  const about = { target: "web[1-2]", summary: "uptime" };
  const opened = stack.move();
  return {
    ...{ fixture, made, sink, web1, web2 },
    submit: (nodes, held = false) =>
      fixture.queue.submit({ ...made, about, nodes, held, deliverMs: 60_000 }, sink),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Resolves when the hub has sent `agent` all that it has been asked to send so far. */
async function hasBeenSentAll({ fixture }: Scene, agent: ScriptedAgent): Promise<void> {
  const nonce = "ab".repeat(32);
  using _ping = fixture.queue.ping(nonce, { pong() {}, absent() {} }, [agent.name]);
  while ((await agent.next("ping")).nonce !== nonce);
}

function assertUnasked({ sink }: Scene, node: string): void {
  const state = sink.stateOf(node);
  assert.ok(state?.kind === "expired");
  assert.match(
    state.reason ?? "",
    /^agent key of web1 changed: request not sent .*forget web1/,
  );
}

Deno.test("a host that comes with another key than we know is not asked", pure, async () => {
  await using scene = await openScene();
  const { made, web1, web2, sink } = scene;
  const job = await scene.submit(["web1", "web2"]);
  await web2.next("sealed");
  web2.end(made);
  await job.over;
  await hasBeenSentAll(scene, web1);
  assert.equal(web1.count("sealed"), 0);
  assertUnasked(scene, "web1");
  assert.equal(sink.stateOf("web2")?.kind, "ended");
});

Deno.test("nor is one that was met before, or is the only one", pure, async () => {
  await using scene = await openScene();
  const { fixture: { queue }, web1 } = scene;
  await queue.waitForAgents({});
  assert.equal(queue.host("web1")?.key, web1.key.publicKey.base64);
  await (await scene.submit(["web1"])).over;
  await hasBeenSentAll(scene, web1);
  assert.equal(web1.count("sealed"), 0);
  assertUnasked(scene, "web1");
});

Deno.test("nor is it when the connection breaks just then", pure, async () => {
  await using scene = await openScene();
  const { fixture, made, web1, web2 } = scene;
  const submitting = scene.submit(["web1", "web2"]);
  fixture.cut();
  const job = await submitting;
  await web2.next("sealed");
  web2.end(made);
  await job.over;
  assertUnasked(scene, "web1");
  await hasBeenSentAll(scene, web1);
  assert.equal(web1.count("sealed"), 0);
});

Deno.test("of hosts that wait for their turns it ends when that comes", pure, async () => {
  await using scene = await openScene();
  const { made, web1, web2, sink } = scene;
  const job = await scene.submit(["web1", "web2"], true);
  job.release(["web2"]);
  await web2.next("sealed");
  web2.end(made);
  await sink.reaches("web2", "ended");
  assert.equal(sink.stateOf("web1"), undefined);
  job.release(["web1"]);
  await job.over;
  await hasBeenSentAll(scene, web1);
  assert.equal(web1.count("sealed"), 0);
  assertUnasked(scene, "web1");
});

Deno.test("or is skipped with the others if it does not come", pure, async () => {
  await using scene = await openScene();
  const job = await scene.submit(["web1", "web2"], true);
  job.withhold();
  await job.over;
  assert.deepEqual(scene.sink.log.toSorted(), ["web1 skipped", "web2 skipped"]);
});

for (const how of ["cancel", "giveUp"] as const) {
  Deno.test(`it ends with ${how}, once and for all`, pure, async () => {
    await using scene = await openScene();
    const job = await scene.submit(["web1"], true);
    const { log } = scene.sink;
    if (how === "giveUp") job.giveUp();
    else job.cancel({ kind: "sealed", envelope: new Uint8Array() });
    job.withhold();
    await job.over;
    assert.deepEqual(log, ["web1 expired"]);
  });
}
