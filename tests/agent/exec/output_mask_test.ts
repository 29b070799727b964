import assert from "node:assert/strict";
import fc from "fast-check";
import { OutputMask } from "../../../lib/agent/exec/output_mask.ts";
import { concat, encodeUtf8 } from "../../../lib/base/bytes.ts";

/** Masks `chunks`; each is overwritten afterwards, as a reader's buffer is. */
function masked(secrets: readonly string[], chunks: readonly (Uint8Array | string)[]): string {
  const mask = new OutputMask(secrets);
  const out: Uint8Array[] = [];
  for (const chunk of chunks) {
    const bytes = typeof chunk === "string" ? encodeUtf8(chunk) : Uint8Array.from(chunk);
    out.push(Uint8Array.from(mask.push(bytes)));
    bytes.fill(0x21);
  }
  out.push(mask.end());
  return new TextDecoder().decode(concat(out));
}

/** Secrets, output, and masked output. */
const ROWS: readonly (readonly [readonly string[], readonly string[], string])[] = [
  [["hunter2"], [""], ""],
  [["hunter2"], ["nothing here\n"], "nothing here\n"],
  [["hunter2"], ["pw=hunter2\n"], "pw=***\n"],
  [["hunter2"], ["hunter2"], "***"],
  [["hunter2"], ["hun", "ter2"], "***"],
  [["hunter2"], [..."hunter2hunter2 hunter2"], "*** ***"],
  [["hunter2"], ["hunter", "3"], "hunter3"],
  [["hunter2"], ["hunter"], "hunter"],
  [["hunter2"], ["hunhunter2"], "hun***"],
  [["hunter2"], ["hunter2", "hunter2"], "***"],
  [["hunter2"], ["hunter2", "-hunter2"], "***-***"],
  [["hunter2"], ["Hunter2"], "Hunter2"],
  [["abcabd"], ["abcabcabd"], "abc***"],
  [["aaaa"], ["aaa"], "aaa"],
  [["aaaa"], ["aaaaaaa"], "***"],
  [["aaaa"], ["baaaab"], "b***b"],
  [["pass", "password"], ["password", " pass", "w"], "*** ***w"],
  [["password", "word"], ["words", " pass", "word"], "***s ***"],
  [["abcd", "cdef"], ["xabcdefx"], "x***x"],
  [["abcd", "zabcdz"], ["zabcdy"], "z***y"],
  [["abcd", "bcde", "cdef"], ["abcdef"], "***"],
  [["one\ntwo"], ["one\n", "two\n"], "***\n"],
  [["pässwörd"], ["pässwörd"], "***"],
];

Deno.test("OutputMask masks secrets, however they are split", () => {
  for (const [secrets, chunks, expected] of ROWS) {
    assert.equal(masked(secrets, chunks), expected, JSON.stringify(chunks));
    const bytes = encodeUtf8(chunks.join(""));
    assert.equal(masked(secrets, Array.from(bytes, (byte) => Uint8Array.of(byte))), expected);
  }
});

/** Masks `text` the slow way: every byte that is part of any occurrence. */
function reference(secrets: readonly string[], text: string): string {
  const secret = new Array<boolean>(text.length).fill(false);
  for (const each of secrets) {
    for (let at = text.indexOf(each); at >= 0; at = text.indexOf(each, at + 1)) {
      secret.fill(true, at, at + each.length);
    }
  }
  return [...text].map((letter, at) => !secret[at] ? letter : secret[at - 1] ? "" : "***").join("");
}

function letters(minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength, maxLength });
}

Deno.test(
  "OutputMask masks what is in any occurrence, at any split",
  () => {
    const anything = fc.record({
      secrets: fc.array(letters(2, 6), { minLength: 1, maxLength: 5 }),
      chunks: fc.array(letters(0, 12), { maxLength: 12 }),
    });
    fc.assert(
      fc.property(anything, ({ secrets, chunks }) => {
        assert.equal(masked(secrets, chunks), reference(secrets, chunks.join("")));
      }),
      { numRuns: 2_000 },
    );
  },
);

Deno.test("OutputMask holds back no more than could be a secret", () => {
  const mask = new OutputMask(["hunter2"]);
  assert.equal(mask.push(encodeUtf8("login: ")).length, 7);
  assert.equal(mask.push(encodeUtf8("Password for h")).length, 13);
  assert.equal(mask.push(encodeUtf8("unter")).length, 0);
  assert.equal(mask.push(encodeUtf8("3")).length, 7);
  assert.equal(mask.end().length, 0);
});

Deno.test("OutputMask takes output that nearly is a secret in one pass", () => {
  // Quadratic work would be 4 billion steps each.
  const near = "a".repeat(1_000_000);
  const [first, second] = ["a".repeat(4_095) + "b", "a".repeat(4_096)];
  assert.equal(masked([first], [near]), near);
  assert.equal(masked([second], [near]), "***");
  assert.equal(masked([first, second], [near, "b"]), "***");
});
