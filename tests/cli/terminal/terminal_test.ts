import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { recordingTerminal } from "./recording_terminal.ts";

Deno.test(
  "Terminal says errors, hints and warnings on stderr",
  async () => {
    const { terminal, stdout, stderr } = recordingTerminal();
    terminal.error("the port is busy");
    terminal.hint("choose another one");
    terminal.warning("unsigned commands are run");
    terminal.note("web[1-3]: timed out");
    terminal.log("2026-01-01 info: hello");
    await terminal.flush();
    assert.equal(stdout.text, "");
    assert.equal(
      stderr.text,
      "prog: error: the port is busy\n" +
        "prog: hint: choose another one\n" +
        "prog: warning: unsigned commands are run\n" +
        "prog: web[1-3]: timed out\n" +
        "2026-01-01 info: hello\n",
    );
  },
);

Deno.test("Terminal colours labels on a terminal only", async () => {
  const rows = [
    [{ isTerminal: true }, "\x1b[1mprog:\x1b[0m \x1b[1;31merror:\x1b[0m no\n"],
    [{ isTerminal: true, env: { NO_COLOR: "1" } }, "prog: error: no\n"],
    [{ isTerminal: false }, "prog: error: no\n"],
    [
      { isTerminal: false, env: { CLICOLOR_FORCE: "1" } },
      "\x1b[1mprog:\x1b[0m \x1b[1;31merror:\x1b[0m no\n",
    ],
  ] as const;
  for (const [options, expected] of rows) {
    const { terminal, stderr } = recordingTerminal(options);
    terminal.error("no");
    await terminal.flush();
    assert.equal(stderr.text, expected);
  }
});

Deno.test(
  "Terminal keeps a stranger's text to one harmless line",
  async () => {
    const hostile = "no\nprog: error: forged\r\x1b[2J\u202e";
    const shown = "no\\x0aprog: error: forged\\x0d\\x1b[2J\\u202e";
    const { terminal, stderr } = recordingTerminal();
    terminal.error(hostile);
    terminal.note(hostile);
    terminal.log(hostile);
    await terminal.flush();
    assert.equal(stderr.text, `prog: error: ${shown}\nprog: ${shown}\n${shown}\n`);
  },
);

Deno.test(
  "Terminal cuts messages, but neither notes nor log lines",
  async () => {
    const long = "x".repeat(100_000);
    const { terminal, stderr } = recordingTerminal();
    terminal.hint(long);
    terminal.note(long);
    terminal.log(long);
    await terminal.flush();
    const lengths = stderr.text.split("\n").map((line) => line.length);
    assert.deepEqual(lengths, [
      "prog: hint: ".length + 4_000,
      "prog: ".length + 100_000,
      100_000,
      0,
    ]);
  },
);

Deno.test(
  "Terminal.print writes our own text with one newline",
  async () => {
    const { terminal, stdout, stderr } = recordingTerminal();
    await terminal.print("no newline");
    await terminal.print("one newline\n");
    assert.equal(stdout.text, "no newline\none newline\n");
    assert.equal(stderr.text, "");
  },
);

Deno.test(
  "Terminal writes whole and in order, though streams take little",
  async () => {
    const { terminal, stdout } = recordingTerminal();
    const texts = Array.from({ length: 20 }, (_, index) => `${index}: ${"abc".repeat(index)}\n`);
    await Promise.all(texts.map((text) => terminal.write("stdout", encodeUtf8(text))));
    assert.equal(stdout.text, texts.join(""));
  },
);

Deno.test(
  "Terminal.write resolves when the bytes have been taken",
  async () => {
    const { terminal, stdout } = recordingTerminal();
    const written = terminal.write("stdout", encodeUtf8("0123456789"));
    assert.equal(stdout.text, "");
    await written;
    assert.equal(stdout.text, "0123456789");
  },
);

Deno.test("Terminal ends quietly when nobody reads stdout", async () => {
  const { terminal, stdout, stderr } = recordingTerminal();
  await terminal.print("before");
  assert.equal(terminal.outputClosed.aborted, false);
  stdout.failure = new Deno.errors.BrokenPipe("Broken pipe (os error 32)");
  await terminal.print("lost");
  assert.equal(terminal.outputClosed.aborted, true);
  assert.equal(terminal.outputClosed.reason, stdout.failure);
  stdout.failure = undefined;
  await terminal.print("never written");
  terminal.error("still heard");
  await terminal.flush();
  assert.equal(stdout.text, "before\n");
  assert.equal(stderr.text, "prog: error: still heard\n");
});

Deno.test("Terminal does not mind that stderr is gone", async () => {
  const { terminal, stdout, stderr } = recordingTerminal();
  stderr.failure = new Error("gone");
  terminal.error("nobody hears it");
  await terminal.print("result");
  await terminal.flush();
  assert.equal(stdout.text, "result\n");
  assert.equal(terminal.outputClosed.aborted, false);
});

Deno.test("Terminal.mustEscape: on a terminal, but not with raw", () => {
  const onTerminal = recordingTerminal({ isTerminal: true }).terminal;
  const inPipe = recordingTerminal().terminal;
  assert.equal(onTerminal.mustEscape("stdout", { raw: false }), true);
  assert.equal(onTerminal.mustEscape("stdout", { raw: true }), false);
  assert.equal(inPipe.mustEscape("stdout", { raw: false }), false);
  assert.equal(inPipe.mustEscape("stdout", { raw: true }), false);
});

Deno.test("Terminal.ofProcess is a real process's, and survives `| head`", {
  permissions: { run: [Deno.execPath()], read: true },
}, async () => {
  const script = `
    const { Terminal } = await import(${
    JSON.stringify(new URL("../../../lib/cli/terminal/terminal.ts", import.meta.url).href)
  });
    const terminal = Terminal.ofProcess("prog");
    while (!terminal.outputClosed.aborted) await terminal.print("line");
    terminal.note("the reader left");
    await terminal.flush();
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", script],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  const { code } = await child.status;
  assert.ok(new TextDecoder().decode(value).startsWith("line\n"));
  assert.equal(await new Response(child.stderr).text(), "prog: the reader left\n");
  assert.equal(code, 0);
});
