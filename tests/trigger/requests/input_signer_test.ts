import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  type InputBlock,
  InputChain,
  isInputPrefixSigned,
} from "../../../lib/envelope/statements/input_block.ts";
import { type ByteSource, InputSigner } from "../../../lib/trigger/requests/input_signer.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import { settle } from "../../support/virtual_clock.ts";
const NEVER = new AbortController().signal;
const id = "a".repeat(32);

/** A pipe: each read takes the next piece, wherever it is asked for. */
function pipe(
  pieces: readonly (string | Promise<string> | Error)[],
): ByteSource & { reads: number } {
  const source = {
    seekable: false,
    reads: 0,
    async read() {
      const piece = await pieces[source.reads++];
      if (piece instanceof Error) throw piece;
      return encodeUtf8(piece ?? "");
    },
  };
  return source;
}

/** A file whose content may change. */
function file(content: string): ByteSource & { content: string } {
  const source = {
    seekable: true,
    content,
    read: (offset: number, maxBytes: number) =>
      Promise.resolve(encodeUtf8(source.content).subarray(offset, offset + maxBytes)),
  };
  return source;
}

function signerOf(source: ByteSource, startOf?: (node: string) => Promise<number>): InputSigner {
  return new InputSigner(id, alice, { source, ...(startOf && { startOf }) });
}

/** Reads the block at `offset`. */
function read(signer: InputSigner, offset: number, start = 0): Promise<InputBlock> {
  return signer.read({ start, offset }, NEVER);
}

/** Asserts that `blocks` are the input `pieces`, each signed with all before it. */
function assertChained(blocks: readonly InputBlock[], pieces: readonly string[], start = 0): void {
  let chain = new InputChain(start);
  assert.deepEqual(blocks.map(({ bytes }) => new TextDecoder().decode(bytes)), pieces);
  for (const { bytes, signature, ...position } of blocks) {
    assert.deepEqual(position, { start, offset: chain.end });
    chain = chain.plus(bytes);
    assert.ok(isInputPrefixSigned(id, { ...chain.prefix, signature }, alice.publicKey));
  }
}

Deno.test("InputSigner chains each block to all before it, to the end", async () => {
  for (const source of [pipe(["stop\n", "start\n"]), file("stop\n")]) {
    const signer = signerOf(source);
    const pieces = source.seekable ? ["stop\n", ""] : ["stop\n", "start\n", ""];
    const blocks: InputBlock[] = [];
    for (const piece of pieces) {
      blocks.push(await read(signer, blocks.reduce((sum, { bytes }) => sum + bytes.length, 0)));
      assert.equal(blocks.at(-1)?.bytes.length, piece.length);
    }
    assertChained(blocks, pieces);
  }
});

Deno.test("InputSigner never reads a pipe twice for one offset", async () => {
  const source = pipe(["stop\n", "delete\n", "start\n"]);
  const signer = signerOf(source);
  const asked = await Promise.all([0, 0, 0].map((offset) => read(signer, offset)));
  assert.equal(source.reads, 1);
  asked.forEach((block) => assertChained([block], ["stop\n"]));
  const second = await read(signer, 5);
  const again = await read(signer, 0);
  assertChained([again, second], ["stop\n", "delete\n"]);
  assert.equal(source.reads, 2);
});

Deno.test("InputSigner repeats the end of a pipe that has more", async () => {
  const signer = signerOf(pipe(["ab", "", "more"]));
  const blocks = [await read(signer, 0), await read(signer, 2), await read(signer, 2)];
  assertChained(blocks.slice(0, 2), ["ab", ""]);
  assert.deepEqual(blocks[2], blocks[1]);
});

Deno.test("InputSigner repeats a block while the next one is not there yet", async () => {
  const next = Promise.withResolvers<string>();
  const signer = signerOf(pipe(["ab", next.promise]));
  await read(signer, 0);
  const waiting = read(signer, 2);
  await settle();
  assertChained([await read(signer, 0)], ["ab"]);
  next.resolve("cd");
  assert.deepEqual((await waiting).bytes, encodeUtf8("cd"));
});

Deno.test("InputSigner keeps what was read for an ask that was given up", async () => {
  const next = Promise.withResolvers<string>();
  const signer = signerOf(pipe([next.promise, "cd"]));
  const leaving = new AbortController();
  const left = signer.read({ start: 0, offset: 0 }, leaving.signal);
  await settle();
  leaving.abort();
  await assert.rejects(left, { name: "AbortError" });
  next.resolve("ab");
  assertChained([await read(signer, 0), await read(signer, 2)], ["ab", "cd"]);
});

/** Positions that no hub may ask for after the block at 0 of an input from 0. */
const OUT_OF_ORDER: readonly (readonly [name: string, offset: number, start?: number])[] = [
  ["the middle of a block", 1],
  ["behind a gap", 6],
  ["far away", 2 ** 40],
  ["another start", 5, 5],
  ["the next block from another start", 5, 1],
];

for (const [name, offset, start] of OUT_OF_ORDER) {
  Deno.test(`InputSigner ends the input when the hub asks out of order: ${name}`, async () => {
    for (const source of [pipe(["stop\n", "start\n"]), file("stop\n")]) {
      const signer = signerOf(source);
      await read(signer, 0);
      assert.equal(signer.failed.aborted, false);
      const error = /^UserError: standard input cannot continue: the hub asked for byte \d+ out of/;
      await assert.rejects(read(signer, offset, start), error);
      assert.match(String(signer.failed.reason), error);
      await assert.rejects(read(signer, 5), error, "and signs no more");
    }
  });
}

Deno.test("InputSigner keeps the last 16 MiB of a pipe", async () => {
  const piece = "x".repeat(200_000);
  const count = 100;
  const signer = signerOf(pipe(Array.from({ length: count }, () => piece)));
  for (let index = 0; index < count; index++) await read(signer, index * piece.length);
  const kept = Math.floor(16_777_216 / piece.length);
  await read(signer, (count - kept) * piece.length);
  await assert.rejects(read(signer, (count - kept - 1) * piece.length), /out of order/);
});

Deno.test("InputSigner keeps few blocks of a pipe, however small they are", async () => {
  const signer = signerOf(pipe(Array.from({ length: 3_000 }, () => "x")));
  for (let offset = 0; offset < 3_000; offset++) await read(signer, offset);
  await read(signer, 3_000 - 2_048);
  await assert.rejects(read(signer, 3_000 - 2_049), /out of order/);
});

Deno.test("InputSigner reads a file again, and ends the input if it has changed", async () => {
  for (const changed of ["stop\nSTART\n", "stop", ""]) {
    const source = file("stop\nstart\n");
    const signer = signerOf(source);
    const first = await read(signer, 0);
    assert.deepEqual(await read(signer, 0), first);
    source.content = "stop\nstart\nand more\n";
    assert.deepEqual(await read(signer, 0), first, "more behind it is no change");
    source.content = changed;
    await assert.rejects(read(signer, 0), /^UserError: standard input changed while it was read/);
    assert.equal(signer.failed.aborted, true);
  }
});

Deno.test("InputSigner reads a file for one ask at a time", async () => {
  let reading = 0;
  const source: ByteSource = {
    seekable: true,
    async read(offset) {
      assert.equal(reading++, 0);
      await settle();
      reading--;
      return encodeUtf8("stop\n").subarray(offset);
    },
  };
  const signer = signerOf(source);
  const blocks = await Promise.all([0, 5, 0, 5].map((offset) => read(signer, offset)));
  assertChained(blocks.slice(0, 2), ["stop\n", ""]);
  assertChained(blocks.slice(2), ["stop\n", ""]);
});

Deno.test("InputSigner signs from a start in the middle only for a host that starts there", async () => {
  let asked = 0;
  const signer = signerOf(file("stop\nstart\n"), () => Promise.resolve(asked++ === 0 ? 5 : 0));
  assert.equal(await signer.startOf?.("web1"), 5);
  assert.equal(await signer.startOf?.("web1"), 5, "the same for every ask");
  assert.equal(asked, 1);
  assertChained([await read(signer, 5, 5), await read(signer, 11, 5)], ["start\n", ""], 5);
  await assert.rejects(read(signer, 0), /out of order/, "no host has said 0");
});

Deno.test("InputSigner reports that the source cannot be read", async () => {
  await assert.rejects(read(signerOf(pipe([new Error("gone")])), 0), /gone/);
});
