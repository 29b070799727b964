/**
 * What both programs say to somebody who types something wrong, and to somebody who asks.
 * @module
 */

import assert from "node:assert/strict";
import type { Program } from "../../lib/cli/permissions.ts";
import { programWords } from "../support/programs.ts";

const PERMISSIONS = { read: true, env: true, run: true } as const;

async function say(program: Program, args: readonly string[]) {
  const [command, ...words] = programWords(program, args);
  const { code, stdout, stderr } = await new Deno.Command(command, { args: words }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test("nanoexec and nanotrigger say their version", { permissions: PERMISSIONS }, async () => {
  for (const [program, name] of [["exec", "nanoexec"], ["trigger", "nanotrigger"]] as const) {
    const { code, stdout, stderr } = await say(program, ["--version"]);
    assert.match(stdout, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\n$`));
    assert.deepEqual([stderr, code], ["", 0]);
  }
});

/** What is typed, and the first line of the answer. A hint may follow, and nothing else. */
const MISTAKES: readonly (readonly [Program, readonly string[], RegExp])[] = [
  ["exec", ["--bogus"], /^nanoexec: error: .*--bogus/],
  ["exec", ["not a url"], /^nanoexec: error: .*not a url/],
  ["exec", ["--user", "nobody-of-this-name", "tcp://127.0.0.1:1"], /^nanoexec: error: /],
  ["trigger", ["--bogus"], /^nanotrigger: error: .*--bogus/],
  ["trigger", ["-h", "web1", "-c", "true", "--listen", "tcp://"], /^nanotrigger: error: .*tcp:/],
  ["trigger", ["-h", "web1"], /^nanotrigger: error: /],
];

for (const [program, args, expected] of MISTAKES) {
  const title = `${program} ${args.join(" ")}: one clear line, and a hint at most`;
  Deno.test(title, { permissions: PERMISSIONS }, async () => {
    const { code, stdout, stderr } = await say(program, args);
    assert.match(stderr, expected);
    assert.match(stderr, /^.+\n(nano\w+: hint: .+\n)?$/);
    assert.deepEqual([stdout, code], ["", 1]);
  });
}
