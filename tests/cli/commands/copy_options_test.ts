import assert from "node:assert/strict";
import { copyCommand } from "../../../lib/cli/commands/copy_options.ts";
import { assertRefused, parse, parseFor } from "../args/command_lines.ts";

Deno.test("copy takes files, hosts and a destination", () => {
  const parsed = parseFor(
    copyCommand,
    "copy -w web1 --dest /etc/ --owner www-data:adm --mode 0640 -p -u 5m a b/c",
  );
  assert.deepEqual(parsed.files, ["a", "b/c"]);
  assert.deepEqual(parsed.transfer, {
    dest: "/etc/",
    owner: "www-data:adm",
    mode: "0640",
    preserve: true,
    recursive: false,
    limitRate: undefined,
    user: undefined,
    deliveryTimeoutMs: undefined,
    runTimeoutMs: 300_000,
  });
  for (const owner of ["root", "root:root", ":adm"]) {
    const words = ["copy", "-a", "--dest=/x", "--owner", owner, "f"];
    const { transfer } = parseFor(copyCommand, words);
    assert.equal(transfer.owner, owner);
  }
});

Deno.test("copy takes folders and a rate", () => {
  const parsed = parseFor(copyCommand, "copy -w web1 --dest /etc -r --limit-rate 10M a");
  const { recursive, limitRate } = parsed.transfer;
  assert.deepEqual([recursive, limitRate], [true, 10_485_760]);
});

Deno.test("copy refuses what makes no sense", () => {
  const some = ["-w", "web1", "--dest", "/x"];
  assertRefused((args) => parse(["copy", ...args]), [
    [
      some,
      "no file given",
      "write it last: nanotrigger copy -w SET --dest PATH FILE...",
    ],
    [["-w", "web1", "f"], "no destination given", "add --dest PATH"],
    [
      ["-w", "web1", "--dest", "x", "f"],
      '--dest "x" is not an absolute path',
      "use the full path on the hosts",
    ],
    [
      [...some, "f", "g"],
      "several files need a folder as destination",
      "add a slash: --dest /x/",
    ],
    [
      ["-a", "-j", "--dest", "/x/", "f", "g"],
      "-j takes one file at a time",
      "use --jsonl for several files",
    ],
    [
      [...some, "-r", "--mode", "600", "f"],
      "--mode and -r do not go together",
      "remove --mode: files of a folder keep their local modes",
    ],
    [[...some, "--mode", "rw", "f"], '--mode: "rw" is not a mode such as 0644'],
    [[...some, "--mode", "888", "f"], '--mode: "888" is not a mode such as 0644'],
    [[...some, "--owner", "0", "f"], '--owner: "0" is not USER, USER:GROUP or :GROUP'],
    [[...some, "--owner", "a:b:c", "f"], '--owner: "a:b:c" is not USER, USER:GROUP or :GROUP'],
    [[...some, "--owner", ":", "f"], '--owner: ":" is not USER, USER:GROUP or :GROUP'],
  ]);
});
