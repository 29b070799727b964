import assert from "node:assert/strict";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { LineRenderer, type RenderStyle } from "../../../lib/cli/render/host_output.ts";

const PLAIN: RenderStyle = { labels: true, escape: false, colors: false };

function push(renderer: LineRenderer, node: string, text: string): string {
  return decodeUtf8(renderer.push(node, encodeUtf8(text)));
}

Deno.test("LineRenderer puts the host in front of each line", () => {
  const renderer = new LineRenderer("stdout", PLAIN);
  assert.equal(push(renderer, "web1", "one\ntwo\n"), "web1: one\nweb1: two\n");
  assert.equal(push(renderer, "web2", "\n"), "web2: \n");
  assert.equal(push(renderer, "web1", ""), "");
});

Deno.test("LineRenderer never mixes the lines of two hosts", () => {
  const renderer = new LineRenderer("stdout", PLAIN);
  assert.equal(push(renderer, "a", "be"), "");
  assert.equal(push(renderer, "b", "other\n"), "b: other\n");
  assert.equal(push(renderer, "a", "gin\nrest"), "a: begin\n");
  assert.equal(decodeUtf8(renderer.end("a")), "a: rest\n");
  assert.equal(decodeUtf8(renderer.end("b")), "");
});

Deno.test("LineRenderer.end forgets the host, and minds no host that it never saw", () => {
  const renderer = new LineRenderer("stdout", PLAIN);
  push(renderer, "a", "half");
  assert.equal(decodeUtf8(renderer.end("a")), "a: half\n");
  assert.equal(decodeUtf8(renderer.end("a")), "");
  assert.equal(decodeUtf8(renderer.end("never seen")), "");
});

Deno.test("LineRenderer.endAll shows what all hosts have begun", () => {
  const renderer = new LineRenderer("stdout", PLAIN);
  push(renderer, "a", "one");
  push(renderer, "b", "done\n");
  push(renderer, "c", "two");
  assert.equal(decodeUtf8(renderer.endAll()), "a: one\nc: two\n");
  assert.equal(decodeUtf8(renderer.endAll()), "");
});

Deno.test("LineRenderer adds nothing with labels off", () => {
  const renderer = new LineRenderer("stdout", { ...PLAIN, labels: false });
  assert.equal(push(renderer, "a", "one\ntwo"), "one\n");
  assert.equal(decodeUtf8(renderer.end("a")), "two");
  const long = "x".repeat(200_000);
  assert.equal(push(renderer, "a", long) + decodeUtf8(renderer.end("a")), long);
});

Deno.test(
  "LineRenderer passes bytes on untouched unless told to escape",
  () => {
    const bytes = Uint8Array.of(0x1b, 0xff, 0x0d, 0x0a);
    const raw = new LineRenderer("stdout", { ...PLAIN, labels: false }).push("a", bytes);
    assert.deepEqual([...raw], [...bytes]);
    const safe = new LineRenderer("stdout", { ...PLAIN, escape: true }).push("a", bytes);
    assert.equal(decodeUtf8(safe), "a: \\x1b\\xff\\x0d\n");
  },
);

Deno.test("LineRenderer lets no host forge another's line", () => {
  const renderer = new LineRenderer("stdout", { ...PLAIN, escape: true });
  assert.equal(
    push(renderer, "evil", "x\rgood: fine\x1b[1A\ngood: fine\n"),
    "evil: x\\x0dgood: fine\\x1b[1A\nevil: good: fine\n",
  );
  assert.equal(push(renderer, "e\nvil\x1b", "x\n"), "e\\x0avil\\x1b: x\n");
});

Deno.test("LineRenderer escapes a character that two chunks share", () => {
  const renderer = new LineRenderer("stdout", { ...PLAIN, escape: true });
  assert.equal(decodeUtf8(renderer.push("a", Uint8Array.of(0x41, 0xe2, 0x80))), "");
  assert.equal(decodeUtf8(renderer.push("a", Uint8Array.of(0xae, 0x0a))), "a: A\\u202e\n");
});

Deno.test("LineRenderer colours hosts by stream", () => {
  const style = { ...PLAIN, colors: true };
  assert.equal(push(new LineRenderer("stdout", style), "a", "x\n"), "\x1b[34ma:\x1b[0m x\n");
  assert.equal(push(new LineRenderer("stderr", style), "a", "x\n"), "\x1b[31ma:\x1b[0m x\n");
});

Deno.test(
  "LineRenderer bounds what it keeps of a line without end",
  () => {
    const renderer = new LineRenderer("stdout", PLAIN);
    let written = 0;
    for (let round = 0; round < 20; round++) {
      written += renderer.push("a", new Uint8Array(50_000)).length;
    }
    assert.ok(written > 20 * 50_000 - 65_536);
  },
);
