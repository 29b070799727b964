import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { followCancel } from "../../../lib/cli/commands/cancel.ts";
import { parseTarget } from "../../../lib/nodeset/mod.ts";
import { prepareRequest, signedCancel } from "../../../lib/trigger/requests/submission.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import { openHubDaemonFixture } from "../../support/hub/hub_daemon_fixture.ts";
import { JobRecorder } from "../../support/hub/job_recorder.ts";

Deno.test("cancel believes a signed result though the hub has only the beginning of the output", {
  timeout: 10_000,
}, async () => {
  await using fixture = await openHubDaemonFixture();
  await using web1 = await fixture.attach({ name: "web1" });
  const target = parseTarget("web1");
  const { id, ...prepared } = prepareRequest({
    target,
    run: { kind: "argv", argv: ["uptime"] },
    timeoutMs: 1_000,
    mode: "run",
    lifeMs: 60_000,
  }, [alice]);
  const { queue } = fixture;
  const submitter = new JobRecorder();
  await queue.submit({ ...prepared, id, nodes: ["web1"], deliverMs: 60_000 }, submitter);
  await web1.next("sealed");
  web1.say({ kind: "started", id });
  const bytes = new Uint8Array(3_000);
  web1.say({ kind: "output", id, stream: "stdout", offset: 0, bytes });
  await submitter.prints("web1", bytes.length);
  const { signal } = new AbortController();
  const message = signedCancel({ job: id, target }, alice);
  const following = followCancel(id, { queue, message, timeoutMs: 5_000, signal });
  await web1.next("sealed");
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const out = { bytes: bytes.length, kept: bytes.length, sha256 };
  web1.end({ id, digest: prepared.digest }, { outcome: { kind: "exited", code: 0 }, out });
  const { outcomes } = await following;
  assert.deepEqual(outcomes.map(({ outcome }) => ({ ...outcome })), [{ kind: "exited", code: 0 }]);
});
