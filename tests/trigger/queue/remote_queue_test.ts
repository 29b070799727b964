import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { openHubDaemonFixture } from "../../support/hub/hub_daemon_fixture.ts";

const pure = { timeout: 10_000 } as const;

Deno.test("RemoteQueue meets the hosts that the hub knows, attached or not", pure, async () => {
  await using fixture = await openHubDaemonFixture();
  const { queue, daemon: { dispatcher: { roster } } } = fixture;
  const web1 = await fixture.attach({ name: "web1", facts: { os: "linux" } });
  assert.deepEqual([...queue.hosts()], []);
  await queue.waitForAgents({});
  const names = () => [...queue.hosts()].map(({ name }) => name);
  assert.deepEqual(names(), ["web1"]);
  assert.deepEqual({ ...queue.host("web1")?.facts }, { os: "linux" });
  await using _web2 = await fixture.attach({ name: "web2" });
  await web1[Symbol.asyncDispose]();
  while (roster.get("web1")) await roster.changed();
  assert.equal(queue.host("web2"), undefined);
  await queue.waitForAgents({});
  assert.deepEqual(names(), ["web1", "web2"]);
});

Deno.test(
  "RemoteQueue knows the hosts of past jobs of the hub, and says if there is none",
  pure,
  async () => {
    await using fixture = await openHubDaemonFixture();
    await assert.rejects(fixture.queue.past("last:all"), (error) => {
      assert.ok(error instanceof UserError);
      return error.message.includes("no jobs yet");
    });
  },
);

Deno.test("RemoteQueue knows what attached agents can do, and those named only", pure, async () => {
  await using fixture = await openHubDaemonFixture();
  await using _web1 = await fixture.attach({ name: "web1", capabilities: ["undo", "later"] });
  const web2 = await fixture.attach({ name: "web2" });
  await web2[Symbol.asyncDispose]();
  const { queue, daemon: { dispatcher: { roster } } } = fixture;
  while (roster.get("web2")) await roster.changed();
  const known = await queue.capabilitiesOf(["web1", "web2", "web3"]);
  assert.deepEqual([...known].map(([name, its]) => [name, [...its]]), [["web1", [
    "undo",
    "later",
  ]]]);
  await queue.waitForAgents({});
  assert.deepEqual([...queue.host("web1")?.capabilities ?? []], ["undo", "later"]);
});
