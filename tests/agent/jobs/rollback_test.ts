/** Changes and their rollbacks, through the runner. */
import assert from "node:assert/strict";
import type { ExecEvent } from "../../../lib/agent/exec/command.ts";
import type { Execute } from "../../../lib/agent/jobs/runner.ts";
import type { UnfinishedRollback } from "../../../lib/agent/jobs/rollback_store.ts";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { exited, streamOf } from "../../support/agent/agent_fixture.ts";
import {
  jobOf,
  messageKinds,
  openRunnerFixture,
  untilCancelled,
} from "../../support/agent/runner_fixture.ts";
const undo = { command: "back", withinMs: 60_000 };

/** A change that ends with `code`, and an undo command that ends with `undoCode`. */
function ending(code: number, undoCode = 0): Execute {
  return async function* (command): AsyncGenerator<ExecEvent> {
    const isUndo = command.kind === "shell" && command.command === "back";
    yield { kind: "started", pid: 7 };
    if (isUndo) yield { kind: "output", stream: "stderr", offset: 0, bytes: encodeUtf8("said\n") };
    yield exited(isUndo ? undoCode : code);
  };
}

Deno.test("Runner lets stay what ended well and is confirmed", async () => {
  await using scene = openRunnerFixture(ending(0));
  const job = scene.start({ undo });
  await scene.clock.asleep();
  assert.deepEqual(messageKinds(scene), ["delivered", "started", "unconfirmed"]);
  assert.deepEqual(scene.runner.jobOf(job.id)?.signers, job.signers);
  assert.equal(scene.runner.confirm(job.id), true);
  assert.deepEqual((await scene.result(job)).outcome, { kind: "exited", code: 0 });
  assert.equal(scene.commands.length, 1);
  assert.equal(scene.runner.confirm(job.id), false);
});

Deno.test(
  "Runner undoes what nobody confirms, as the same user, with the same secrets",
  async () => {
    await using scene = openRunnerFixture(ending(0));
    const setting = { user: "www", cwd: "/srv", env: { A: "b" }, secrets: { PW: "hunter2" } };
    const job = scene.start({ undo, ...setting, stdin: new Uint8Array(1) });
    await scene.clock.asleep();
    scene.clock.advance(59_999);
    assert.equal(scene.commands.length, 1);
    scene.clock.advance(1);
    const { outcome } = await scene.result(job);
    const reason = "not confirmed within 60 s";
    assert.deepEqual(outcome, { kind: "undone", reason, code: 0, said: "said" });
    const { timeoutMs } = job;
    assert.deepEqual(scene.commands[1], {
      ...{ kind: "shell", command: "back", timeoutMs, maxOutput: 512 },
      ...setting,
    });
    assert.deepEqual(scene.events.map(({ kind }) => kind), ["started", "undoing", "ended"]);
  },
);

Deno.test(
  "Runner undoes at once what did not end well, and tells how that went",
  async (t) => {
    const rows: readonly (readonly [string, Execute, string, number | undefined])[] = [
      ["a failure", ending(3), "the command exited with exit code 3", 0],
      ["a failure, and another", ending(3, 9), "the command exited with exit code 3", 9],
      ["an agent's mistake", breaking(), "the command has an unknown end", 0],
    ];
    for (const [name, execute, reason, code] of rows) {
      await t.step(name, async () => {
        await using scene = openRunnerFixture(execute);
        const { outcome } = await scene.result(scene.start({ undo }));
        assert.deepEqual(outcome, { kind: "undone", reason, code, said: "said" });
      });
    }
  },
);

function breaking(): Execute {
  return async function* (command, options) {
    if (command.kind === "shell") return yield* ending(0)(command, options);
    yield { kind: "started", pid: 7 };
    throw new Error("a mistake");
  };
}

Deno.test("Runner undoes what is called off, in mid-command or while it waits", async (t) => {
  await t.step("in mid-command", async () => {
    const execute: Execute = (command, options) =>
      command.kind === "shell" ? ending(0)(command, options) : untilCancelled(command, options);
    await using scene = openRunnerFixture(execute);
    const job = scene.start({ undo });
    await scene.begun(job);
    scene.runner.cancel(job.id);
    const { outcome } = await scene.result(job);
    assert.equal(outcome.kind === "undone" && outcome.reason, "the command was cancelled");
  });
  await t.step("while it waits", async () => {
    await using scene = openRunnerFixture(ending(0));
    const job = scene.start({ undo });
    await scene.clock.asleep();
    scene.runner.cancel(job.id);
    const { outcome } = await scene.result(job);
    assert.equal(outcome.kind === "undone" && outcome.reason, "the command was cancelled");
  });
});

Deno.test("Runner undoes nothing that was not begun", async (t) => {
  const cannot: Execute = async function* () {
    yield { kind: "failed", code: "not-found", reason: "no such program" };
    await Promise.resolve();
  };
  await t.step("because it cannot run", async () => {
    await using scene = openRunnerFixture(cannot);
    assert.equal((await scene.result(scene.start({ undo }))).outcome.kind, "refused");
    assert.equal(scene.commands.length, 1);
  });
  await t.step("because it was called off before", async () => {
    await using scene = openRunnerFixture(ending(0));
    const job = scene.start({ undo, delayMs: 1_000 });
    await scene.clock.asleep();
    scene.runner.cancel(job.id);
    assert.deepEqual((await scene.result(job)).outcome, { kind: "cancelled" });
    assert.equal(scene.commands.length, 0);
  });
});

Deno.test("Runner tells an undo command that cannot be run", async () => {
  await using scene = openRunnerFixture(async function* (command): AsyncGenerator<ExecEvent> {
    await Promise.resolve();
    if (command.kind === "shell") {
      return yield { kind: "failed", code: "bad-cwd", reason: "no such folder" };
    }
    yield { kind: "started", pid: 7 };
    yield exited(1);
  });
  const { outcome } = await scene.result(scene.start({ undo }));
  const reason = "the command exited with exit code 1";
  assert.deepEqual({ ...outcome }, { kind: "undone", reason, said: "no such folder" });
});

Deno.test("Runner waits for a confirmation without taking a slot", async () => {
  await using scene = openRunnerFixture(ending(0), { slots: 1 });
  scene.start({ undo });
  await scene.clock.asleep();
  assert.equal((await scene.result(scene.start())).outcome.kind, "exited");
});

Deno.test("Runner takes up what an earlier process has left", async (t) => {
  const figures = { startMs: 1, endMs: 2, out: streamFigures(), err: streamFigures() };
  const rows: readonly (readonly [string, Omit<UnfinishedRollback, "job">, string, number])[] = [
    ["running", { phase: "running" }, "the agent ended before the command did", 1],
    ["undoing", { phase: "undoing" }, "the agent ended during the rollback", 0],
    [
      "waiting for too long",
      { phase: "waiting", waiting: { deadlineMs: 0, figures } },
      "not confirmed within 60 s",
      1,
    ],
  ];
  for (const [name, how, reason, undone] of rows) {
    await t.step(name, async () => {
      await using scene = openRunnerFixture(ending(0));
      const { id, digest, signers, timeoutMs } = jobOf(scene.clock, {});
      scene.takeUp({ ...how, job: { id, digest, signers, timeoutMs, undo } });
      if (how.phase === "waiting") {
        await scene.clock.asleep();
        scene.clock.advance(0);
      }
      const { outcome } = await scene.result({ id });
      assert.equal("reason" in outcome && outcome.reason, reason);
      assert.equal(outcome.kind, undone === 1 ? "undone" : "lost");
      assert.equal(scene.commands.length, undone);
    });
  }
});

Deno.test(
  "Runner gives no more time after a restart than there was, whatever the clock says",
  async () => {
    await using scene = openRunnerFixture(ending(0));
    const { id, digest, signers, timeoutMs } = jobOf(scene.clock, {});
    const figures = { startMs: 1, endMs: 2, out: streamFigures(), err: streamFigures() };
    const deadlineMs = scene.clock.now() + 1e9; // The clock was set back.
    const job = { id, digest, signers, timeoutMs, undo };
    scene.takeUp({ phase: "waiting", waiting: { deadlineMs, figures }, job });
    await scene.clock.asleep();
    scene.clock.advance(60_000);
    assert.equal((await scene.result({ id })).outcome.kind, "undone");
  },
);

function streamFigures(): { bytes: number; kept: number; sha256: string } {
  const { bytes, kept, sha256 } = streamOf(5);
  return { bytes, kept, sha256 };
}
