import assert from "node:assert/strict";
import { assertRefused, HUB, parse, written } from "../args/command_lines.ts";

Deno.test("hosts lists, and hosts forget takes node sets", () => {
  const plain = { sets: [], long: false, facts: false, json: false, ...HUB };
  assert.deepEqual(parse("hosts"), plain);
  assert.deepEqual(parse("hosts -l -j -w web[1-2] --hub ipc:///run/hub.sock"), {
    ...plain,
    long: true,
    json: true,
    sets: [written("web[1-2]")],
    hub: "ipc:///run/hub.sock",
  });
  assert.deepEqual(parse("hosts --facts"), { ...plain, long: true, facts: true });
  assert.deepEqual(parse("hosts forget web1 db[1-2]"), {
    sets: ["web1", "db[1-2]"],
    ...HUB,
  });
});

Deno.test("hosts refuses what makes no sense", () => {
  const hint = "name the host: nanotrigger hosts forget NAME";
  assertRefused((args) => parse(["hosts", ...args]), [
    [["web1"], 'unexpected argument of hosts: "web1"'],
    [["forget"], "no host given", hint],
  ]);
});
