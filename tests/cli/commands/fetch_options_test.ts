import assert from "node:assert/strict";
import { fetchCommand } from "../../../lib/cli/commands/fetch_options.ts";
import { assertRefused, parse, parseFor } from "../args/command_lines.ts";

Deno.test("fetch takes remote files, hosts and a folder", () => {
  const parsed = parseFor(
    fetchCommand,
    "fetch -w web1 --dest d --max-size 10M -l adm /etc/motd /var/log/a.log",
  );
  assert.deepEqual(parsed.files, [
    { path: "/etc/motd", name: "motd" },
    { path: "/var/log/a.log", name: "a.log" },
  ]);
  assert.deepEqual(parsed.transfer, {
    dest: "d",
    maxBytes: 10_485_760,
    user: "adm",
    deliveryTimeoutMs: undefined,
    runTimeoutMs: undefined,
  });
  const usual = parseFor(fetchCommand, "fetch -a --dest d /etc/motd");
  assert.equal(usual.transfer.maxBytes, 1_073_741_824);
});

Deno.test("fetch refuses what makes no sense", () => {
  const folder =
    "name a file, or for a folder: nanotrigger run -N -w HOST -- tar -c -C FOLDER . > FILE";
  assertRefused((args) => parse(["fetch", "-a", ...args]), [
    [
      ["--dest", "d"],
      "no file given",
      "write it last: nanotrigger fetch -w SET --dest DIR REMOTE...",
    ],
    [["/etc/motd"], "no destination given", "add --dest DIR"],
    [
      ["--dest", "d", "etc/motd"],
      '"etc/motd" is not an absolute path',
      "use the full path on the hosts",
    ],
    [["--dest", "d", "/etc/"], '"/etc/" is a folder', folder],
    [["--dest", "d", "/etc/.."], '"/etc/.." is a folder', folder],
    [
      ["--dest", "d", "/a/x", "/b/x"],
      'two files with one name: "x"',
      "fetch them in two runs, into two folders",
    ],
    [
      ["-j", "--dest", "d", "/a/x", "/b/y"],
      "-j takes one file at a time",
      "use --jsonl for several files",
    ],
  ]);
});
