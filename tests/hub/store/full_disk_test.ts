/**
 * Tests the hub's store on a disk that fills up.
 * @module
 */
import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { openHubStore } from "../../../lib/hub/store/hub_store.ts";
import { canMount, fillDisk, onSmallDisk } from "../../support/faults/small_disk.ts";
import { ended, job, textOf } from "./store_fixture.ts";

Deno.test({
  name: "HubStore says when its disk is full, reads on, and writes again when there is room",
  ignore: !await canMount(),
  permissions: { read: true, write: true, run: true },
  fn: () =>
    onSmallDisk(1_024, async (folder) => {
      const path = `${folder}/hub.db`;
      const losses: UserError[] = [];
      {
        using store = openHubStore({ path, onLoss: (error) => losses.push(error) }).store;
        const { jobs, hosts } = store;
        await jobs.add(job("a"), ["web1", "web2"]);
        await jobs.end("a", "web1", ended("hello"));
        await fillDisk(`${folder}/ballast`);
        for (let round = 0; round < 10; round++) {
          const large = ended(new Uint8Array(600_000).fill(round));
          const lost = jobs.end("a", "web2", large);
          const alongside = jobs.add(job(`b${round}`), ["web1"]);
          await assert.rejects(lost, isFull);
          await alongside.catch(isFull);
        }
        assert.throws(() => {
          for (let index = 0; index < 1_000; index++) {
            hosts.recordAttached({
              name: `web${index}`,
              key: "A".repeat(99),
              version: "",
              facts: {},
            }, 1);
          }
          store.flush();
        }, isFull);
        assert.ok(losses.length >= 11);
        assert.equal(jobs.host("a", "web2")?.state.kind, "pending");
        assert.equal(textOf(jobs.output("a", "web1", "stdout")), "hello");
        await Deno.remove(`${folder}/ballast`);
        await jobs.end("a", "web2", ended("at last"));
      }
      const { store, problem } = openHubStore({ path });
      using _ = store;
      assert.equal(problem, undefined);
      assert.equal(textOf(store.jobs.output("a", "web2", "stdout")), "at last");
    }),
});

Deno.test({
  name: "openHubStore() refuses a disk that is full",
  ignore: !await canMount(),
  permissions: { read: true, write: true, run: true },
  fn: () =>
    onSmallDisk(64, async (folder) => {
      await fillDisk(`${folder}/ballast`);
      assert.throws(() => openHubStore({ path: `${folder}/hub.db` }), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, /^cannot use the hub store .*: /);
        assert.match(error.hint ?? "", /disk/);
        return true;
      });
    }),
});

function isFull(error: unknown): boolean {
  assert.ok(error instanceof UserError, String(error));
  assert.match(error.message, /cannot write the hub store .*: database or disk is full/);
  assert.equal(error.hint, "free space on its disk");
  return true;
}
