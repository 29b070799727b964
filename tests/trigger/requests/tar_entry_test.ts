import assert from "node:assert/strict";
import { decodeLatin1 } from "../../../lib/base/bytes.ts";
import { type TarEntry, tarHeader, tarPadding } from "../../../lib/trigger/requests/tar_entry.ts";

function file(size: number, path = "file"): TarEntry {
  return { path, content: { kind: "file", size }, mode: 0o644, modified: 0 };
}

Deno.test("tarHeader writes an entry as tar(5) says", () => {
  const header = tarHeader({ ...file(13), modified: 1_000_000_000 });
  const text = (from: number, to: number) => decodeLatin1(header.subarray(from, to));
  assert.equal(header.length, 512);
  assert.equal(text(0, 5), "file\0");
  assert.equal(text(100, 124), "0000644\u00000000000\u00000000000\0");
  assert.equal(text(124, 148), "00000000015\u000007346545000\0");
  assert.deepEqual([text(156, 158), text(257, 265)], ["0\0", "ustar  \0"]);
  const blank = header.map((byte, at) => at >= 148 && at < 156 ? 0x20 : byte);
  const sum = blank.reduce((total, byte) => total + byte, 0);
  assert.equal(text(148, 156), `${sum.toString(8).padStart(6, "0")}\0 `);
});

Deno.test("tarHeader writes sizes that need more than octal digits", () => {
  const sizes = (size: number) => tarHeader(file(size)).subarray(124, 136).toHex();
  assert.equal(decodeLatin1(tarHeader(file(2 ** 33 - 1)).subarray(124, 135)), "77777777777");
  assert.equal(sizes(2 ** 33), "800000000000000200000000");
});

Deno.test("tarHeader gives long names entries of their own", () => {
  const rows: readonly (readonly [length: number, blocks: number])[] = [
    [100, 1],
    [101, 3],
    [511, 3],
    [512, 4],
  ];
  for (const [length, blocks] of rows) {
    assert.equal(tarHeader(file(0, "n".repeat(length))).length, 512 * blocks, `${length}`);
  }
  const content = { kind: "link", to: "t".repeat(101) } as const;
  assert.equal(tarHeader({ ...file(0, "n".repeat(101)), content }).length, 5 * 512);
});

Deno.test("tarPadding fills blocks", () => {
  assert.deepEqual([0, 1, 511, 512, 513].map(tarPadding), [0, 511, 1, 0, 511]);
});
