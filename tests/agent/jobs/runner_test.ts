import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { StdinReceiver } from "../../../lib/agent/hub_link/stdin_receiver.ts";
import type { ExecEvent } from "../../../lib/agent/exec/command.ts";
import { Journal } from "../../../lib/agent/records/journal.ts";
import type { Execute } from "../../../lib/agent/jobs/runner.ts";
import type { Outcome } from "../../../lib/envelope/statements/result.ts";
import { streamOf } from "../../support/agent/agent_fixture.ts";
import {
  exitAtOnce,
  jobOf,
  messageKinds,
  openRunnerFixture,
  resultIn,
  untilCancelled,
} from "../../support/agent/runner_fixture.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import { signedBlocks } from "../../support/input_blocks.ts";
import { settle } from "../../support/virtual_clock.ts";

Deno.test("Runner runs a job and signs, keeps and sends how it ended", async () => {
  await using scene = openRunnerFixture();
  const fields = {
    user: "www",
    cwd: "/srv",
    env: { A: "b" },
    stdin: new Uint8Array(1),
    maxOutput: 9,
    survive: true,
  };
  const job = scene.start(fields);
  const result = await scene.result(job);
  assert.deepEqual(result.outcome, { kind: "exited", code: 3 });
  assert.deepEqual([result.startMs, result.endMs, result.request], [1, 2, job.digest]);
  assert.deepEqual(messageKinds(scene), ["delivered", "started", "sealed"]);
  assert.deepEqual(scene.commands, [{
    kind: "argv",
    argv: ["/usr/bin/true"],
    timeoutMs: 1_000,
    ...fields,
  }]);
  assert.deepEqual(scene.events.map(({ kind }) => kind), ["started", "ended"]);
  const held = scene.journal.resultOf(job.id);
  assert.deepEqual(held && resultIn(held), result);
});

Deno.test("Runner signs the streamed input that a command was given", async () => {
  const [first, last] = signedBlocks("a".repeat(32), ["hello\n", ""]);
  for (const blocks of [[], [first], [first, last]]) {
    await using scene = openRunnerFixture(async function* ({ stdin }) {
      assert.ok(stdin instanceof StdinReceiver);
      for (const block of blocks) {
        if (block) stdin.receive({ kind: "input", id: "a".repeat(32), ...block });
      }
      const pieces = stdin[Symbol.asyncIterator]();
      for (let index = 0; index < blocks.length; index++) await pieces.next();
      yield* exitAtOnce();
    });
    const input = { key: alice.publicKey.base64, from: "start" } as const;
    const result = await scene.result(scene.start({ id: "a".repeat(32), input }));
    const [bytes, text] = first && blocks.includes(first) ? [6, "hello\n"] : [0, ""];
    const signature = blocks.at(-1)?.signature.toBase64();
    assert.deepEqual(result.input, {
      ...{ start: 0, bytes, sha256: hash("sha256", text, "hex"), ended: blocks.length === 2 },
      ...(signature !== undefined && { signature }),
    });
  }
  await using plain = openRunnerFixture();
  assert.equal((await plain.result(plain.start())).input, undefined);
});

Deno.test(
  "Runner says in its own words how a command ended",
  async (t) => {
    const report = {
      startMs: 1,
      endMs: 2,
      durationMs: 1,
      stdout: streamOf(5),
      stderr: streamOf(2),
    };
    const rows: readonly (readonly [ExecEvent, Outcome])[] = [
      [{ kind: "exited", code: 0, report }, { kind: "exited", code: 0 }],
      [{ kind: "signalled", signal: "SIGSEGV", report }, { kind: "signalled", signal: "SIGSEGV" }],
      [{ kind: "timeout", report }, { kind: "timeout" }],
      [{ kind: "cancelled", report }, { kind: "cancelled" }],
      [{ kind: "failed", code: "bad-cwd", reason: "no such folder" }, {
        kind: "refused",
        code: "bad-cwd",
        reason: "no such folder",
      }],
    ];
    for (const [event, outcome] of rows) {
      await t.step(event.kind, async () => {
        await using scene = openRunnerFixture(async function* () {
          yield event;
        });
        const result = await scene.result(scene.start());
        assert.deepEqual(result.outcome, outcome);
        const bytes = event.kind === "failed" ? 0 : 5;
        assert.deepEqual([result.out.bytes, result.out.kept], [bytes, bytes]);
      });
    }
  },
);

Deno.test(
  "Runner says lost when the agent fails, and lives on",
  async (t) => {
    const failures: Readonly<Record<string, Execute>> = {
      // deno-lint-ignore require-yield -- the missing end is the error
      "at once": async function* () {
        await Promise.resolve();
        throw new Error("a mistake");
      },
      "while it runs": async function* () {
        yield { kind: "started", pid: 7 };
        await Promise.resolve();
        throw new Error("a mistake");
      },
      "with a long message": async function* () {
        yield { kind: "started", pid: 7 };
        throw new Error("a mistake".repeat(1_000));
      },
      "without a word": async function* () {
        yield { kind: "started", pid: 7 };
      },
      "with what is no error": async function* () {
        yield { kind: "started", pid: 7 };
        await Promise.reject("not an error");
      },
    };
    for (const [how, execute] of Object.entries(failures)) {
      await t.step(how, async () => {
        await using scene = openRunnerFixture(execute, { slots: 1 });
        for (let round = 0; round < 2; round++) {
          const { outcome } = await scene.result(scene.start());
          assert.ok(outcome.kind === "lost");
          assert.match(outcome.reason, /^the agent failed: /);
        }
      });
    }
  },
);

Deno.test("Runner runs nothing before it was issued", async () => {
  await using scene = openRunnerFixture();
  const now = scene.clock.now();
  const job = scene.start({ notBefore: now + 20_000 });
  await scene.clock.asleep();
  assert.deepEqual(scene.commands, []);
  scene.clock.advance(19_999);
  scene.clock.set(now + 10_000); // The clock was ahead.
  assert.deepEqual(scene.commands, []);
  scene.clock.advance(1);
  await scene.clock.asleep();
  assert.deepEqual(scene.commands, []);
  scene.clock.advance(10_000);
  assert.equal((await scene.result(job)).outcome.kind, "exited");
});

Deno.test(
  "Runner does not wait for a clock that was set back",
  async () => {
    await using scene = openRunnerFixture();
    const now = scene.clock.now();
    const job = scene.start({ notBefore: now + 20_000 });
    await scene.clock.asleep();
    scene.clock.set(now - 3_600_000);
    scene.clock.advance(20_000);
    const { outcome } = await scene.result(job);
    assert.equal(outcome.kind === "refused" && outcome.code, "clock-behind");
    assert.deepEqual(scene.commands, []);
  },
);

Deno.test("Runner runs nothing that expired while it waited", async () => {
  await using scene = openRunnerFixture(untilCancelled, { slots: 1 });
  const [first, second] = [scene.start(), scene.start()];
  await scene.begun(first);
  scene.clock.set(scene.clock.now() + 60_001); // set forward: no timer can tell
  assert.equal(scene.runner.cancel(first.id), true);
  const { outcome } = await scene.result(second);
  assert.equal(outcome.kind === "refused" && outcome.code, "expired");
  assert.equal(scene.commands.length, 1);
});

Deno.test("Runner says at once when a job expires that waits for others", async () => {
  await using scene = openRunnerFixture(untilCancelled, { slots: 1 });
  const [first, second] = [scene.start(), scene.start()];
  await scene.begun(first);
  scene.clock.advance(60_000);
  await settle();
  assert.equal(scene.events.some(({ kind }) => kind === "ended"), false);
  scene.clock.advance(1);
  const { outcome } = await scene.result(second);
  assert.equal(outcome.kind === "refused" && outcome.code, "expired");
  const third = scene.start();
  scene.runner.cancel(first.id);
  await scene.begun(third);
  assert.equal(scene.commands.length, 2);
});

Deno.test("Runner says busy when too many wait", async () => {
  await using scene = openRunnerFixture(untilCancelled, { slots: 1 });
  const [first, second, third] = [scene.start(), scene.start(), scene.start()];
  const { outcome } = await scene.result(third);
  assert.deepEqual(outcome, {
    kind: "refused",
    code: "busy",
    reason: "the agent is busy: 1 commands wait",
  });
  for (const job of [first, second]) scene.runner.cancel(job.id);
});

Deno.test("Runner cancels a job that runs, and says so once", async () => {
  await using scene = openRunnerFixture(untilCancelled);
  const job = scene.start();
  await scene.begun(job);
  assert.equal(scene.runner.cancel(job.id), true);
  const result = await scene.result(job);
  assert.deepEqual([result.outcome, result.out.bytes], [{ kind: "cancelled" }, 5]);
  await scene.runner[Symbol.asyncDispose]();
  assert.equal(scene.runner.cancel(job.id), false);
  assert.equal(messageKinds(scene).filter((kind) => kind === "sealed").length, 1);
});

Deno.test("Runner cancels a job that waits for a slot or for its time", async () => {
  await using scene = openRunnerFixture(untilCancelled, { slots: 2 });
  const running = scene.start();
  const early = scene.start({ notBefore: scene.clock.now() + 20_000 });
  const waiting = scene.start();
  await scene.clock.asleep();
  for (const job of [waiting, early]) {
    assert.equal(scene.runner.cancel(job.id), true);
    assert.deepEqual((await scene.result(job)).outcome, { kind: "cancelled" });
  }
  assert.equal(scene.commands.length, 1);
  assert.equal(scene.runner.cancel(running.id), true);
});

Deno.test("Runner knows who signed what runs", async () => {
  await using scene = openRunnerFixture(untilCancelled);
  const job = scene.start();
  assert.deepEqual(scene.runner.jobOf(job.id)?.signers, job.signers);
  assert.equal(scene.runner.jobOf("0".repeat(32)), undefined);
});

Deno.test("Runner that is closed has journalled how everything ended", async () => {
  await using scene = openRunnerFixture(untilCancelled, { slots: 1 });
  const [running, waiting] = [scene.start(), scene.start()];
  await scene.runner[Symbol.asyncDispose]();
  assert.deepEqual(scene.journal.interrupted(), []);
  for (const { id } of [running, waiting]) {
    const held = scene.journal.resultOf(id);
    assert.deepEqual(held && resultIn(held).outcome, { kind: "cancelled" });
  }
});

Deno.test(
  "Runner brings results also when the journal fails",
  async () => {
    class Full extends Journal {
      override ended(): never {
        throw new Error("database or disk is full");
      }
    }
    await using scene = openRunnerFixture(exitAtOnce, { journal: new Full({ path: ":memory:" }) });
    const { outcome } = await scene.result(scene.start());
    assert.deepEqual(outcome, { kind: "exited", code: 3 });
    assert.deepEqual(scene.events.map(({ kind }) => kind), [
      "started",
      "ended",
      "journal-failed",
    ]);
  },
);

Deno.test("Runner forgets the result of what nobody is told about", async () => {
  await using scene = openRunnerFixture();
  const job = jobOf(scene.clock, {});
  scene.journal.accept({ ...job, issued: 0, expires: scene.clock.now() + 1 });
  scene.runner.finish(job, { kind: "lost", reason: "" });
  assert.deepEqual(scene.journal.held(9), []);
  assert.deepEqual(scene.journal.interrupted(), []);
});

Deno.test("Runner waits for its part of a splay without taking a slot", async () => {
  await using scene = openRunnerFixture(exitAtOnce, { slots: 1 });
  const later = scene.start({ delayMs: 30_000 });
  await scene.clock.asleep();
  assert.deepEqual(messageKinds(scene), ["delivered"]);
  await scene.result(scene.start());
  scene.clock.advance(29_999);
  assert.equal(scene.commands.length, 1);
  scene.clock.advance(1);
  assert.equal((await scene.result(later)).outcome.kind, "exited");
  assert.equal(scene.commands.length, 2);
});

Deno.test("Runner calls off what waits for its part of a splay", async () => {
  await using scene = openRunnerFixture();
  const job = scene.start({ delayMs: 30_000 });
  await scene.clock.asleep();
  assert.equal(scene.runner.cancel(job.id), true);
  assert.deepEqual((await scene.result(job)).outcome, { kind: "cancelled" });
  assert.deepEqual(scene.commands, []);
});
