import assert from "node:assert/strict";
import { inproc } from "../../lib/sp/inproc.ts";
import { openLocalQueue } from "../../lib/trigger/local_queue.ts";
import { orderOf } from "../support/hub_fixture.ts";
import { JobRecorder } from "../support/job_recorder.ts";
import { SimulatedAgent } from "../support/simulated_agent.ts";

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
    await using agent = await SimulatedAgent.attach({ url: "inproc://queue", transport });
    while (!queue.host("web1")) await queue.hub.roster.changed();
    const order = { ...orderOf("a", ["web1"]), about: { target: "web1", summary: "true" } };
    const job = await queue.submit(order, new JobRecorder());
    await agent.next("unsigned");
    agent.end(order);
    await job.over;
    await queue[Symbol.asyncDispose]();
    assert.equal((await agent.next("ack")).id, order.id);
  },
});
