import assert from "node:assert/strict";
import { assertRefused } from "./refusals.ts";
import { parse } from "./usual.ts";

Deno.test("hosts lists, and hosts forget takes node sets", { permissions: "none" }, () => {
  assert.deepEqual(parse("hosts"), { kind: "hosts" });
  assert.deepEqual(parse("hosts forget web1 db[1-2]"), {
    kind: "hosts-forget",
    sets: ["web1", "db[1-2]"],
  });
});

Deno.test("hosts refuses what makes no sense", { permissions: "none" }, () => {
  const hint = "name it: nanotrigger hosts forget NAME";
  assertRefused((args) => parse(["hosts", ...args]), [
    [["web1"], 'hosts does not know what to do with "web1"'],
    [["forget"], "nothing says which host to forget", hint],
    [
      ["-C"],
      "unknown option -C",
      "-C belongs to nanotrigger keygen [-C COMMENT] [-f FILE] " +
      "[--passphrase-file FILE | --no-passphrase]",
    ],
  ]);
});
