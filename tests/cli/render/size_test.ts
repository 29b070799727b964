import assert from "node:assert/strict";
import { formatSize, parseSize } from "../../../lib/cli/render/units.ts";

Deno.test("parseSize reads what people write", () => {
  const rows: readonly (readonly [string, number])[] = [
    ["0", 0],
    ["512", 512],
    ["64K", 65_536],
    ["64k", 65_536],
    ["64KB", 65_536],
    ["64KiB", 65_536],
    ["10M", 10_485_760],
    ["1G", 1_073_741_824],
    ["2T", 2_199_023_255_552],
    ["7B", 7],
  ];
  for (const [text, bytes] of rows) assert.equal(parseSize(text), bytes, text);
});

Deno.test("parseSize refuses what is no size", () => {
  for (const text of ["", "K", "-1", "1.5M", "1 K", "1P", "1e3", "0x10", "1\n", "1Kib/s"]) {
    assert.throws(() => parseSize(text), SyntaxError, text);
  }
  for (const text of ["9007199254740992", "8192T"]) {
    assert.throws(() => parseSize(text), RangeError, text);
  }
});

Deno.test("formatSize writes what parseSize reads", () => {
  const rows = [[0, "0"], [1_500, "1500"], [65_536, "64K"], [16_777_216, "16M"]] as const;
  for (const [bytes, text] of rows) {
    assert.equal(formatSize(bytes), text);
    assert.equal(parseSize(text), bytes);
  }
});
