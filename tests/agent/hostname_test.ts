import assert from "node:assert/strict";
import { UserError } from "../../lib/base/errors.ts";
import { findHostName, pickHostName } from "../../lib/agent/hostname.ts";

const PICKS: [string[], string][] = [
  [["web1.example.com", "web1"], "web1.example.com"],
  [["Web1.Example.com", "web1"], "Web1.Example.com"],
  [["", "web1"], "web1"],
  [["localhost", "web1"], "web1"],
  [["localhost.localdomain", "web1"], "web1"],
  [["web1:reboot", "web1"], "web1"],
  [["web1 web2", "web1"], "web1"],
  [["ALL", "web1"], "web1"],
];

for (const [candidates, expected] of PICKS) {
  Deno.test({
    name: `pickHostName picks ${expected} from ${JSON.stringify(candidates)}`,
    fn() {
      assert.equal(pickHostName(candidates), expected);
    },
  });
}

for (const candidates of [[], ["", ""], ["localhost", "LOCALHOST"], ["ALL", "x:y"]]) {
  Deno.test({
    name: `pickHostName finds no name in ${JSON.stringify(candidates)}`,
    fn() {
      assert.throws(() => pickHostName(candidates), UserError);
    },
  });
}

Deno.test({
  name: "findHostName says what hostname -f says, or else the short name",
  permissions: { run: ["/usr/bin/hostname", "/bin/hostname"], sys: ["hostname"] },
  async fn() {
    assert.ok((await findHostName()).startsWith(Deno.hostname().split(".")[0] ?? "?"));
  },
});

Deno.test({
  name: "findHostName manages without running a program",
  permissions: { sys: ["hostname"] },
  async fn() {
    assert.equal(await findHostName(), Deno.hostname());
  },
});

Deno.test({
  name: "findHostName finds no name where nothing is permitted",
  async fn() {
    await assert.rejects(findHostName(), UserError);
  },
});
