import assert from "node:assert/strict";
import { Keyboard } from "../../../lib/cli/terminal/keyboard.ts";
import { RecordingKeys } from "./recording_terminal.ts";

Deno.test(
  "Keyboard gives a line to whoever has asked for one",
  async () => {
    const keys = new RecordingKeys();
    const keyboard = new Keyboard(keys);
    assert.equal(keys.isRead, false);
    const first = keyboard.readLine();
    keys.type(" yes ");
    assert.equal(await first, "yes");
    assert.equal(keys.isRead, false);
  },
);

Deno.test("Keyboard tells watchers of lines that nobody has asked for", async () => {
  const keys = new RecordingKeys();
  const keyboard = new Keyboard(keys);
  let seen = Promise.withResolvers<void>();
  let count = 0;
  const watch = keyboard.watch(() => {
    count++;
    seen.resolve();
  });
  keys.type("");
  await seen.promise;
  seen = Promise.withResolvers();
  const question = keyboard.readLine();
  keys.type("y");
  assert.equal(await question, "y");
  assert.equal(count, 1);
  keys.type("");
  await seen.promise;
  assert.equal(count, 2);
  watch[Symbol.dispose]();
});

Deno.test("Keyboard goes on reading for a watcher that has gone, and says so", async () => {
  const keys = new RecordingKeys();
  const keyboard = new Keyboard(keys);
  assert.equal(keyboard.isReading, false);
  keyboard.watch(() => assert.fail("it has gone"))[Symbol.dispose]();
  assert.equal(keyboard.isReading, true);
  const question = keyboard.readLine();
  keys.type("");
  await question;
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(keyboard.isReading, false);
});

Deno.test(
  "Keyboard answers with nothing at the end of input",
  async () => {
    const keys = new RecordingKeys();
    const keyboard = new Keyboard(keys);
    using _watch = keyboard.watch(() => assert.fail("nobody has pressed Enter"));
    const question = keyboard.readLine();
    keys.type(null);
    assert.equal(await question, "");
    assert.equal(await keyboard.readLine(), "");
  },
);

Deno.test("Keyboard gives nothing to a question that was called off", async () => {
  const keys = new RecordingKeys();
  const keyboard = new Keyboard(keys);
  const control = new AbortController();
  const question = keyboard.readLine({ signal: control.signal });
  control.abort(new Error("off"));
  await assert.rejects(question, /off/);
  await assert.rejects(keyboard.readLine({ signal: control.signal }), /off/);
  const next = keyboard.readLine();
  keys.type("for the next");
  assert.equal(await next, "for the next");
});

Deno.test("Keyboard is raw until nobody wants it to be", () => {
  const keys = new RecordingKeys();
  const raw = new Keyboard(keys).enterRawMode();
  assert.equal(keys.isRaw, true);
  raw[Symbol.dispose]();
  assert.equal(keys.isRaw, false);
});

Deno.test("Keyboard gives keys to whoever edits, before anybody else", async () => {
  const keys = new RecordingKeys();
  const keyboard = new Keyboard(keys, () => assert.fail("a key is no line"));
  using _watch = keyboard.watch(() => assert.fail("nobody has pressed Enter"));
  const pressed = keyboard.readKeys();
  keys.type(" a ");
  assert.equal(new TextDecoder().decode(await pressed ?? undefined), " a \n");
  const end = keyboard.readKeys();
  keys.type(null);
  assert.equal(await end, null);
  assert.equal(await keyboard.readKeys(), null);
});
