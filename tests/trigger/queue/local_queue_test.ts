import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { inproc } from "../../../lib/sp/transports/inproc.ts";
import { openLocalQueue } from "../../../lib/trigger/queue/local_queue.ts";
import { jobSpecOf } from "../../support/hub/hub_fixture.ts";
import { JobRecorder } from "../../support/hub/job_recorder.ts";
import { ScriptedAgent } from "../../support/hub/scripted_agent.ts";

Deno.test({
  name: "LocalQueue lets agents forget their results before it closes",
  permissions: { read: true },
  timeout: 10_000,
  async fn() {
    const transport = inproc();
    const queue = await openLocalQueue({
      listen: ["inproc://queue"],
      transports: [transport],
      version: "1.2.3",
      insecure: true,
    });
    await using agent = await ScriptedAgent.attach({ url: "inproc://queue", transport });
    while (!queue.host("web1")) await queue.dispatcher.roster.changed();
    const order = { ...jobSpecOf("a", ["web1"]), about: { target: "web1", summary: "true" } };
    const job = await queue.submit(order, new JobRecorder());
    await agent.next("unsigned");
    agent.end(order);
    await job.over;
    await queue[Symbol.asyncDispose]();
    assert.equal((await agent.next("ack")).id, order.id);
  },
});

Deno.test({
  name: "LocalQueue knows the hosts of its past jobs, and none of what they printed",
  permissions: { read: true },
  timeout: 10_000,
  async fn() {
    const transport = inproc();
    await using queue = await openLocalQueue({
      listen: ["inproc://queue"],
      transports: [transport],
      version: "1.2.3",
      insecure: true,
    });
    await assert.rejects(queue.past("last:all"), /^UserError: no jobs yet$/);
    await using agent = await ScriptedAgent.attach({ url: "inproc://queue", transport });
    while (!queue.host("web1")) await queue.dispatcher.roster.changed();
    const order = {
      ...jobSpecOf("a", ["web1", "web2"]),
      about: { target: "ALL", summary: "true" },
    };
    const job = await queue.submit(order, new JobRecorder());
    await agent.next("unsigned");
    agent.end(order, { outcome: { kind: "exited", code: 3 } });
    await agent.next("ack");
    job.giveUp();
    await job.over;
    const rows: readonly (readonly [reference: string, nodes: readonly string[]])[] = [
      ["last:all", ["web1", "web2"]],
      ["last:failed", ["web1"]],
      ["last:rc=3", ["web1"]],
      ["aaaa:lost", ["web2"]],
    ];
    for (const [reference, nodes] of rows) assert.deepEqual(await queue.past(reference), nodes);
    await assert.rejects(queue.past("last:nobody"), UserError);
    await assert.rejects(queue.past("bbbb:all"), UserError);
    await assert.rejects(
      queue.past("last:out~x"),
      /^UserError: only a running hub stores output/,
    );
  },
});
