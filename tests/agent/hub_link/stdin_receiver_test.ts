import assert from "node:assert/strict";
import { concat, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { StdinReceiver } from "../../../lib/agent/hub_link/stdin_receiver.ts";
import { signInputBlock } from "../../../lib/envelope/statements/input_block.ts";
import {
  INPUT_WINDOW,
  INPUT_WINDOW_BLOCKS,
  type InputMessage,
} from "../../../lib/protocol/agent/streams.ts";
import type { InputClosed, InputCredit } from "../../../lib/protocol/agent/messages.ts";
import { alice, assertEnvelopeError, bob } from "../../support/envelope_fixtures.ts";
import { settle } from "../../support/virtual_clock.ts";
const id = "a".repeat(32);

interface Scene {
  readonly intake: StdinReceiver;
  /** The progress that the hub received; "enough" at the end. */
  readonly progress: (number | "enough")[];
}

function scene(from: "start" | "anywhere" = "start"): Scene {
  const progress: (number | "enough")[] = [];
  const tell = (message: InputCredit | InputClosed) =>
    void progress.push(message.kind === "fed" ? message.taken : "enough");
  return { intake: new StdinReceiver(id, { key: alice.publicKey.base64, from }, tell), progress };
}

function block(offset: number, text: string | Uint8Array, key = alice): InputMessage {
  const bytes = typeof text === "string" ? encodeUtf8(text) : text;
  return { kind: "input", id, ...signInputBlock(id, { offset, bytes }, key) };
}

/** Reads everything to the end, as text. */
async function readAll(intake: StdinReceiver): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of intake) pieces.push(piece);
  return new TextDecoder().decode(concat(pieces));
}

Deno.test("InputIntake hands on each byte once and in order", async () => {
  const { intake, progress } = scene();
  for (const [offset, text] of [[3, "lo"], [0, "hel"], [0, "hel"], [2, "l"], [3, "lo"], [5, ""]]) {
    intake.receive(block(Number(offset), String(text)));
  }
  assert.equal(await readAll(intake), "hello");
  assert.deepEqual(progress, [3, 5, "enough"]);
});

Deno.test(
  "InputIntake says that a piece is taken when the next one is asked for",
  async () => {
    const { intake, progress } = scene();
    const pieces = intake[Symbol.asyncIterator]();
    const first = pieces.next();
    intake.receive(block(0, "ab"));
    assert.deepEqual(await first, { done: false, value: encodeUtf8("ab") });
    await settle();
    assert.deepEqual(progress, []);
    assert.deepEqual(intake.progress, { kind: "fed", id, taken: 0 });
    const second = pieces.next();
    await settle();
    assert.deepEqual(progress, [2]);
    assert.deepEqual(intake.progress, { kind: "fed", id, taken: 2 });
    intake.receive(block(2, ""));
    assert.equal((await second).done, true);
  },
);

Deno.test("InputIntake begins in the middle only where the request allows it", async () => {
  const strict = scene();
  strict.intake.receive(block(7, "x"));
  strict.intake.receive(block(0, ""));
  assert.equal(await readAll(strict.intake), "");
  const { intake, progress } = scene("anywhere");
  for (const part of [block(7, "ab"), block(0, "xy"), block(9, "c"), block(10, "")]) {
    intake.receive(part);
  }
  assert.equal(await readAll(intake), "abc");
  assert.deepEqual(progress, [9, 10, "enough"]);
});

Deno.test("InputIntake takes nothing that no operator has signed", async () => {
  const { intake } = scene();
  for (
    const forged of [block(0, "rm", bob), block(0, "", bob), {
      ...block(0, "ls"),
      bytes: encodeUtf8("rm"),
    }]
  ) {
    assertEnvelopeError("signature", () => intake.receive(forged));
  }
  intake.receive(block(0, "ls"));
  intake.receive(block(2, ""));
  assert.equal(await readAll(intake), "ls");
});

Deno.test("InputIntake keeps no more than a hub may send ahead", async () => {
  const { intake } = scene();
  const piece = new Uint8Array(INPUT_WINDOW / 4);
  for (let index = 0; index < 6; index++) intake.receive(block(index * piece.length, piece));
  intake.receive(block(4 * piece.length, ""));
  let bytes = 0;
  for await (const taken of intake) {
    bytes += taken.length;
    if (bytes === INPUT_WINDOW) intake.receive(block(INPUT_WINDOW, ""));
  }
  assert.equal(bytes, INPUT_WINDOW);
  const small = scene();
  for (let index = 0; index < 1_000; index++) small.intake.receive(block(index, "x"));
  const pieces = small.intake[Symbol.asyncIterator]();
  for (let index = 0; index < INPUT_WINDOW_BLOCKS; index++) await pieces.next();
  let waits = true;
  const next = pieces.next().then(() => waits = false);
  await settle();
  assert.equal(waits, true);
  small.intake.close();
  await next;
});

Deno.test("InputIntake ends when nobody reads any more", async () => {
  const { intake, progress } = scene();
  const reading = readAll(intake);
  intake.receive(block(0, "ab"));
  await settle();
  intake.close();
  intake.close();
  assert.equal(await reading, "ab");
  assert.deepEqual(progress, [2, "enough"]);
  intake.receive(block(2, "cd"));
  assert.deepEqual(intake.progress, { kind: "enough", id });
  const left = scene();
  left.intake.receive(block(0, "ab"));
  for await (const _ of left.intake) break;
  assert.deepEqual(left.progress, ["enough"]);
});
