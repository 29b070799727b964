import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { RecordingKeys, recordingTerminal } from "./recording_terminal.ts";

const CLEAR = "\r\x1b[K";

Deno.test("the status line makes way for everything else, and comes back", async () => {
  const { terminal, stdout, stderr } = recordingTerminal({
    isTerminal: true,
    env: { NO_COLOR: "1" },
  });
  terminal.status("1/3 done");
  await terminal.flush();
  await terminal.print("web1: up");
  terminal.note("hello");
  terminal.status("2/3 done");
  terminal.status("");
  await terminal.flush();
  assert.equal(stdout.text, "web1: up\n");
  assert.deepEqual(stderr.text.split(CLEAR), [
    "1/3 done",
    "1/3 done",
    "prog: hello\n2/3 done",
    "",
  ]);
});

Deno.test("the status line is not drawn again between lines that come together", async () => {
  const { terminal, stderr } = recordingTerminal({ isTerminal: true });
  terminal.status("busy");
  for (let line = 0; line < 100; line++) terminal.log("line");
  await terminal.flush();
  assert.equal(stderr.text, `busy${CLEAR}${"line\n".repeat(100)}busy`);
});

Deno.test("the status line waits until a line that was begun is whole", async () => {
  const { terminal, stdout, stderr } = recordingTerminal({ isTerminal: true });
  await terminal.write("stdout", encodeUtf8("half a "));
  terminal.status("busy");
  await terminal.flush();
  const before = stderr.text;
  await terminal.print("line");
  assert.deepEqual([before, stdout.text, stderr.text], ["", "half a line\n", "busy"]);
});

Deno.test("the status line is cut to the width and never reaches the last column", async () => {
  const { terminal, stderr } = recordingTerminal({ isTerminal: true, columns: 10 });
  terminal.status("0123456789");
  await terminal.flush();
  assert.equal(stderr.text, "01234567…");
});

Deno.test("there is a status line only where it can be taken away", async () => {
  for (const options of [{}, { isTerminal: true, env: { TERM: "dumb" } }]) {
    const { terminal, stdout, stderr } = recordingTerminal(options);
    assert.equal(terminal.hasStatusLine, false);
    terminal.status("busy");
    await terminal.print("line");
    await terminal.flush();
    assert.deepEqual([stdout.text, stderr.text], ["line\n", ""]);
  }
});

Deno.test("Enter leaves the status line behind", async () => {
  const stdin = new RecordingKeys();
  const { terminal, stderr } = recordingTerminal({ isTerminal: true, stdin });
  terminal.status("busy");
  await terminal.flush();
  const line = terminal.keyboard.readLine();
  stdin.type("");
  await line;
  terminal.log("answer");
  await terminal.flush();
  assert.equal(stderr.text, "busyanswer\nbusy");
});

Deno.test("what a terminal shows of Ctrl-C is wiped away, and nothing else", async () => {
  const { terminal, stderr } = recordingTerminal({ isTerminal: true });
  terminal.clearInterruptEcho();
  terminal.log("a");
  await terminal.write("stdout", encodeUtf8("half"));
  terminal.clearInterruptEcho();
  await terminal.flush();
  assert.equal(stderr.text, `${CLEAR}a\n`);
});
