import assert from "node:assert/strict";
import { UserError } from "../../lib/base/errors.ts";
import { AuditLog, verifyAudit } from "../../lib/agent/records/audit_log.ts";
import { Journal } from "../../lib/agent/records/journal.ts";
import { openAgent, type OpenedAgent } from "../../lib/agent/open_agent.ts";
import { TrustStore } from "../../lib/agent/admission/trust_store.ts";
import type { Request } from "../../lib/envelope/statements/request.ts";
import { inproc, type Transport } from "../../lib/sp/mod.ts";
import { alice, withPrototypes } from "../support/envelope_fixtures.ts";
import { SimulatedHub } from "../support/agent/simulated_hub.ts";
import { inFastFolder } from "../support/fast_folder.ts";
import { canMount, fillDisk, onSmallDisk } from "../support/faults/small_disk.ts";
import { requestAt, type Signed, signed, trustLine } from "../support/agent/signed_request.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true, run: true, sys: ["uid"] };
const URL = "inproc://hub";

/** An agent with its own state folder and the simulated hub that it dials. */
interface Scene extends AsyncDisposable {
  readonly agent: OpenedAgent;
  readonly hub: SimulatedHub;
  readonly lacks: readonly string[];
}

async function scene(state: string | undefined): Promise<Scene> {
  const transport = inproc();
  await using stack = new AsyncDisposableStack();
  const hub = stack.use(await SimulatedHub.open(transport, URL));
  const lacks: string[] = [];
  const agent = stack.use(await start(transport, { state, lacks }));
  const opened = stack.move();
  return { agent, hub, lacks, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

async function start(
  transport: Transport,
  { state, lacks }: { state: string | undefined; lacks: string[] },
): Promise<OpenedAgent> {
  const baked = [trustLine(alice, "alice")];
  const trust = new TrustStore({ baked, given: [], files: [], revoked: [] });
  await trust.load();
  return await openAgent({
    name: "web1",
    version: "test",
    urls: [URL],
    transports: [transport],
    trust,
    insecure: false,
    facts: {},
    state,
    slots: undefined,
    onEvent: (event) => void (event.kind === "missing" && lacks.push(event.what)),
  });
}

function request(fields: Partial<Request> = {}): Signed {
  return signed(requestAt(Date.now(), fields));
}

/** Runs `signed` and returns its exit code; the result is acknowledged. */
async function run(hub: SimulatedHub, { id, bytes }: Signed): Promise<unknown> {
  hub.send(bytes);
  const { outcome } = await hub.result(id);
  hub.say({ kind: "ack", id });
  return withPrototypes(outcome);
}

async function inState(act: (state: string) => Promise<void>): Promise<void> {
  await inFastFolder((folder) => act(`${folder}/web1`));
}

Deno.test("openAgent opens an agent that runs commands and keeps a record of it", {
  permissions,
}, async () => {
  await inState(async (state) => {
    {
      await using opened = await scene(state);
      await opened.hub.hello();
      const exit7 = request({ run: { kind: "shell", command: "exit 7" } });
      assert.deepEqual(await run(opened.hub, exit7), { kind: "exited", code: 7 });
      assert.equal(opened.agent.restored, 0);
    }
    const text = await Deno.readTextFile(`${state}/audit.jsonl`);
    const verdict = verifyAudit(text);
    assert.ok(verdict.kind === "intact");
    const events = text.trimEnd().split("\n").map((line) => JSON.parse(line).event);
    assert.deepEqual(events, ["start", "allow", "run", "end", "stop"]);
  });
});

Deno.test("openAgent carries the head of its log in every result", { permissions }, async () => {
  await inState(async (state) => {
    await using opened = await scene(state);
    await opened.hub.hello();
    const { id, bytes } = request();
    opened.hub.send(bytes);
    const { auditHead } = await opened.hub.result(id);
    const text = await Deno.readTextFile(`${state}/audit.jsonl`);
    const last = JSON.parse(text.trimEnd().split("\n").at(-1) ?? "");
    assert.deepEqual([last.event, last.hash], ["end", auditHead]);
  });
});

Deno.test(
  "openAgent runs nothing again, and brings what nobody took",
  { permissions },
  async () => {
    await inState(async (state) => {
      let sent: Signed;
      let first: unknown;
      {
        await using opened = await scene(state);
        await opened.hub.hello();
        sent = request();
        opened.hub.send(sent.bytes);
        first = await opened.hub.result(sent.id);
      }
      await using opened = await scene(state);
      assert.equal(opened.agent.restored, 1);
      assert.deepEqual(withPrototypes((await opened.hub.hello()).held), [sent.id]);
      opened.hub.send(sent.bytes);
      assert.deepEqual(await opened.hub.result(sent.id), first);
    });
  },
);

Deno.test("openAgent says lost of what was interrupted, once", { permissions }, async () => {
  await inState(async (state) => {
    const [id, now] = ["0".repeat(32), Date.now()];
    {
      await using _ = await scene(state);
    }
    {
      using journal = new Journal({ path: `${state}/journal.db` });
      journal.accept({ id, digest: "d".repeat(64), issued: now, expires: now + 60_000 });
    }
    let lost: unknown;
    for (let restart = 0; restart < 2; restart++) {
      await using opened = await scene(state);
      assert.deepEqual(withPrototypes((await opened.hub.hello()).held), [id]);
      opened.hub.say({ kind: "credit", id, received: 0 });
      const result = await opened.hub.result(id);
      assert.deepEqual(withPrototypes(result.outcome), {
        kind: "lost",
        reason: "the agent ended before the command did",
      });
      lost ??= result;
      assert.deepEqual(result, lost, "it is the same result");
      if (restart === 1) opened.hub.say({ kind: "ack", id });
      await opened.hub.heard();
    }
    await using opened = await scene(state);
    assert.deepEqual(withPrototypes((await opened.hub.hello()).held), []);
    const audit = await Deno.readTextFile(`${state}/audit.jsonl`);
    assert.equal(audit.match(/"event":"end"/g)?.length, 1);
  });
});

Deno.test("openAgent without a folder refuses what was issued before it began", {
  permissions: { run: true, sys: ["uid"] },
}, async () => {
  const old = request();
  await using opened = await scene(undefined);
  await opened.hub.hello();
  const outcome = await run(opened.hub, old) as { code: string };
  assert.equal(outcome.code, "before-floor");
  const fresh = request({ run: { kind: "argv", argv: ["/bin/sh", "-c", "exit 0"] } });
  assert.deepEqual(await run(opened.hub, fresh), { kind: "exited", code: 0 });
});

Deno.test("openAgent begins a new journal in place of a damaged one, and says so", {
  permissions,
}, async () => {
  await inState(async (state) => {
    const sent = request();
    {
      await using opened = await scene(state);
      await opened.hub.hello();
      await run(opened.hub, request());
    }
    await Deno.writeTextFile(`${state}/journal.db`, "damaged".repeat(1_000));
    await using opened = await scene(state);
    assert.match(
      opened.lacks[0] ?? "",
      /^the journal is damaged .* before this start are refused$/,
    );
    const outcome = await run(opened.hub, sent) as { code: string };
    assert.equal(outcome.code, "before-floor");
  });
});

Deno.test("openAgent refuses to go on with a log that it cannot read or write", {
  permissions,
}, async (t) => {
  const damages: Readonly<Record<string, (path: string) => Promise<void>>> = {
    "altered": (path) => Deno.writeTextFile(path, "{}\n"),
    "a folder": (path) => Deno.mkdir(path),
  };
  for (const [what, damage] of Object.entries(damages)) {
    await t.step(what, async () => {
      await inState(async (state) => {
        await Deno.mkdir(state, { mode: 0o700 });
        await damage(`${state}/audit.jsonl`);
        await assert.rejects(scene(state), (error) => {
          assert.ok(error instanceof UserError, String(error));
          assert.match(error.message, /^cannot use the audit log: /);
          assert.match(error.hint ?? "", /^move .*audit.jsonl/);
          return true;
        });
        using again = new AuditLog({ path: `${state}/other.jsonl` });
        assert.ok(again, "nothing was left open");
      });
    });
  }
});

Deno.test("openAgent is refused a folder that another agent uses", { permissions }, async () => {
  await inState(async (state) => {
    await using _first = await scene(state);
    await assert.rejects(scene(state), /^UserError: another agent uses the state folder/);
  });
});

Deno.test("openAgent works on after its disk was full", {
  permissions,
  ignore: !await canMount(),
}, async () => {
  await onSmallDisk(512, async (folder) => {
    await using opened = await scene(`${folder}/web1`);
    await opened.hub.hello();
    assert.deepEqual(await run(opened.hub, request()), { kind: "exited", code: 0 });
    await fillDisk(`${folder}/ballast`);
    for (let round = 0; round < 20; round++) {
      const outcome = await run(opened.hub, request()) as { kind: string; code: string };
      assert.deepEqual([outcome.kind, /^no-(journal|audit)$/.test(outcome.code)], [
        "refused",
        true,
      ]);
    }
    await Deno.remove(`${folder}/ballast`);
    assert.deepEqual(await run(opened.hub, request()), { kind: "exited", code: 0 });
    const audit = await Deno.readTextFile(`${folder}/web1/audit.jsonl`);
    assert.equal(verifyAudit(audit).kind, "intact");
  });
});
