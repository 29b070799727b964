/**
 * Output on its way: byte for byte into a pipe, harmless on a terminal.
 * @module
 */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { E2E, type Installation, openInstallation } from "../../support/programs/installation.ts";
import { findExternalProgram } from "../../support/programs/external_programs.ts";

const MEGABYTES = 6;

/** Prints so many megabytes of every byte there is, never twice the same block. */
const PROGRAM = `import hashlib, sys
for i in range(${MEGABYTES * 1024}):
    block = bytes(range(256)) + hashlib.sha512(str(i).encode()).digest() * 12
    sys.stdout.buffer.write(block)
`;

async function expected(): Promise<Uint8Array> {
  const { stdout } = await new Deno.Command("/usr/bin/python3", { args: ["-c", PROGRAM] }).output();
  assert.equal(stdout.length, MEGABYTES * 1024 * 1024);
  return stdout;
}

const python = findExternalProgram("python3", "python3");

Deno.test({
  ...E2E,
  name: `megabytes of any bytes arrive as they were, by all ways there are ${python.needs}`,
  ignore: !python.available,
  async fn(t) {
    await using here = await openInstallation();
    await here.trigger("key");
    await using _agent = await here.agent("web1");
    const bytes = await expected();
    const digest = hash("sha256", bytes, "hex");
    const command = ["--", "/usr/bin/python3", "-c", PROGRAM];

    await t.step("as lines without labels", async () => {
      const args = ["run", "-w", "web1", "-N", "--raw", ...here.listen, ...command];
      const end = await here.trigger(...args);
      assert.deepEqual([end.code, end.stderr], [0, ""]);
      assert.equal(hash("sha256", end.bytes, "hex"), digest);
    });

    await t.step("as JSON objects, one per chunk", async () => {
      const args = ["run", "-w", "web1", "--jsonl", ...here.listen, ...command];
      const { code, stdout } = await here.trigger(...args);
      const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
      const chunks = lines.filter(({ kind }) => kind === "output").map(bytesOf);
      assert.equal(code, 0);
      assert.equal(
        hash("sha256", new Uint8Array(await new Blob(chunks).arrayBuffer()), "hex"),
        digest,
      );
      assert.deepEqual(lines.slice(-2).map(({ kind }) => kind), ["result", "summary"]);
    });

    await t.step("cut in the middle, and counted, where it must be kept in memory", async () => {
      const args = ["run", "-w", "web1", "-j", "--max-output", "64K", ...here.listen, ...command];
      const { stdout } = await here.trigger(...args);
      const [result] = JSON.parse(stdout).results;
      const kept = Uint8Array.fromBase64(result.stdoutBase64);
      assert.equal(result.droppedBytes + kept.length, bytes.length);
      assert.ok(kept.length <= 65_536 && kept.length > 60_000);
      assert.deepEqual(kept.subarray(0, 40_000), bytes.subarray(0, 40_000));
      assert.deepEqual(kept.subarray(-15_000), bytes.subarray(-15_000));
    });
  },
});

function bytesOf(line: { data?: string; dataBase64?: string }): Uint8Array<ArrayBuffer> {
  if (line.dataBase64 !== undefined) return Uint8Array.fromBase64(line.dataBase64);
  return new TextEncoder().encode(line.data);
}

/** Escape sequences that would retitle, recolour, rewrite, ring or reorder a terminal. */
const HOSTILE = String
  .raw`\033[31m\033]0;owned\007\033]52;c;Zm9v\007\rfake\b\b\302\233A\342\200\256\177`;

const script = findExternalProgram("script", "bsdutils");

/** Runs the trigger with a terminal for its stdin, stdout and stderr; returns what it shows. */
async function onTerminal(here: Installation, args: readonly string[]): Promise<string> {
  const words = here.words("trigger", args).map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  const { stdout } = await new Deno.Command("script", {
    args: ["-qec", words.join(" "), "/dev/null"],
    clearEnv: true,
    env: here.environment({ TERM: "xterm", NO_COLOR: "1" }),
  }).output();
  return new TextDecoder().decode(stdout).replaceAll("\r\n", "\n");
}

Deno.test({
  ...E2E,
  name: `hostile output is shown as text on a terminal, and left alone in a pipe ${script.needs}`,
  ignore: !script.available,
  async fn(t) {
    await using here = await openInstallation();
    await here.trigger("key");
    await using _agent = await here.agent("web1");
    const args = (...more: string[]) => [
      ...["run", "-w", "web1", ...more, ...here.listen],
      ...["--shell", `printf '${HOSTILE}'; printf '${HOSTILE}' >&2; exit 1`],
    ];

    await t.step("on a terminal", async () => {
      for (const format of [[], ["-b"], ["-N"]]) {
        const shown = await onTerminal(here, args("--no-progress", ...format));
        assert.match(shown, /\\x1b\[31m\\x1b\]0;owned\\x07/);
        assert.match(shown, /\\u202e/);
        // deno-lint-ignore no-control-regex -- they are what must not be there
        assert.doesNotMatch(shown, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
      }
    });

    await t.step("in a pipe", async () => {
      const { stdout } = await here.trigger(...args("-N"));
      assert.equal(stdout.trimEnd(), JSON.parse(`"${jsonOf(HOSTILE)}"`));
    });

    await t.step("in JSON", async () => {
      const { stdout } = await here.trigger(...args("-j"));
      // deno-lint-ignore no-control-regex -- they are what must not be there
      assert.doesNotMatch(stdout, /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
      const [result] = JSON.parse(stdout).results;
      assert.equal(result.stdout, JSON.parse(`"${jsonOf(HOSTILE)}"`));
    });
  },
});

/** The characters that printf makes of octal escapes, as JSON writes them. */
function jsonOf(printf: string): string {
  return printf.replaceAll("\\302\\233", "\\u009b").replaceAll("\\342\\200\\256", "\\u202e")
    .replace(
      /\\([0-7]{3})/g,
      (_, octal) => `\\u00${parseInt(octal, 8).toString(16).padStart(2, "0")}`,
    );
}
