import assert from "node:assert/strict";
import { findInterpreter } from "../../../lib/agent/exec/script.ts";
import { concat, encodeUtf8 } from "../../../lib/base/bytes.ts";

/** Scripts, and the words in front of their path. */
const GOOD: readonly (readonly [string, readonly string[]])[] = [
  ["echo here", ["/bin/sh"]],
  ["", ["/bin/sh"]],
  ["# no interpreter\n#!/bin/false\n", ["/bin/sh"]],
  [" #!/bin/false\n", ["/bin/sh"]],
  ["#!/bin/bash\n", ["/bin/bash"]],
  ["#!/bin/bash", ["/bin/bash"]],
  ["#! \t/bin/bash \t\n", ["/bin/bash"]],
  ["#!/bin/bash -e\necho\n", ["/bin/bash", "-e"]],
  ["#!/usr/bin/env  python3 -u \n", ["/usr/bin/env", "python3 -u"]],
  [`#!/bin/${"a".repeat(248)}\n`, [`/bin/${"a".repeat(248)}`]],
];

Deno.test("interpreterOf reads the first line as the kernel does", () => {
  for (const [script, words] of GOOD) {
    assert.deepEqual(findInterpreter(encodeUtf8(script)), { kind: "interpreter", words }, script);
  }
});

/** Scripts without an interpreter, and the reason. */
const BAD: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ["a program", encodeUtf8("\x7fELF\x02\x01"), /is a binary, not a script$/],
  ["CR LF", encodeUtf8("#!/bin/sh\r\necho\r\n"), /CR LF/],
  ["no interpreter", encodeUtf8("#!\n"), /is not an absolute path: ""$/],
  ["spaces only", encodeUtf8("#!   \n"), /is not an absolute path: ""$/],
  ["relative", encodeUtf8("#!bin/sh\n"), /is not an absolute path: "bin\/sh"$/],
  ["a name", encodeUtf8("#!python3\n"), /is not an absolute path: "python3"$/],
  ["a long line", encodeUtf8(`#!/bin/${"a".repeat(249)}\n`), /longer than 255 bytes$/],
  ["128 KiB of one line", encodeUtf8(`#!/${"a".repeat(131_069)}`), /longer than 255 bytes$/],
  ["not UTF-8", concat([encodeUtf8("#!"), Uint8Array.of(0xff, 0x0a)]), /is not an absolute path: /],
];

Deno.test("interpreterOf says why a script cannot be run", async (t) => {
  for (const [name, script, message] of BAD) {
    await t.step(name, () => {
      const found = findInterpreter(script);
      assert.ok(found.kind === "failed" && found.code === "bad-script");
      assert.match(found.reason, message);
    });
  }
});
