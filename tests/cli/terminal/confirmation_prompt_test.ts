import assert from "node:assert/strict";
import { askYesNo, canAsk } from "../../../lib/cli/terminal/confirmation_prompt.ts";
import { Terminal } from "../../../lib/cli/terminal/terminal.ts";
import { RecordingKeys, RecordingStream, recordingTerminal } from "./recording_terminal.ts";

/** A person who answers in the moment in which the question is on the screen. */
class QuickPerson extends RecordingStream {
  readonly #keys: RecordingKeys;
  readonly #answer: string;

  constructor(keys: RecordingKeys, answer: string) {
    super(true);
    this.#keys = keys;
    this.#answer = answer;
  }

  override async write(bytes: Uint8Array): Promise<number> {
    const count = await super.write(bytes);
    if (this.text.endsWith("[y/N] ")) {
      this.#keys.type(this.#answer);
      await new Promise((resolve) => setTimeout(resolve));
    }
    return count;
  }
}

for (const [answer, expected] of [["y", true], ["YES", true], ["n", false], ["", false]] as const) {
  Deno.test(
    `askYesNo takes the answer "${answer}" that is typed at once, and nobody else does`,
    async () => {
      const keys = new RecordingKeys();
      const stderr = new QuickPerson(keys, answer);
      const stdout = new RecordingStream(true);
      const terminal = new Terminal({ program: "prog", stdout, stderr, env: {}, stdin: keys });
      using _watch = terminal.keyboard.watch(() => assert.fail("the line belongs to the question"));
      assert.equal(await askYesNo("Keep it?", terminal), expected);
      assert.equal(stderr.text, "Keep it? [y/N] ");
    },
  );
}

Deno.test("a question that is called off ends its line", async () => {
  const { terminal, stderr } = recordingTerminal({ isTerminal: true, stdin: new RecordingKeys() });
  const stop = new AbortController();
  const answer = askYesNo("Keep it?", terminal, { signal: stop.signal });
  stop.abort(new Error("stopped"));
  await assert.rejects(answer, /stopped/);
  await terminal.flush();
  assert.equal(stderr.text, "Keep it? [y/N] \n");
});

Deno.test("canAsk wants a keyboard and a terminal", () => {
  const ask = (isTerminal: boolean, stdin?: RecordingKeys) =>
    canAsk(recordingTerminal({ isTerminal, ...(stdin && { stdin }) }).terminal);
  assert.equal(ask(true, new RecordingKeys()), true);
  assert.equal(ask(false, new RecordingKeys()), false);
  assert.equal(ask(true), false);
});
