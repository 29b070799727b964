/**
 * `--stdin`: what commands on hosts read while they run.
 * @module
 */
import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { delay } from "../../../lib/base/async.ts";
import { openHubInstallation } from "../../support/programs/hub_installation.ts";
import { E2E, openInstallation } from "../../support/programs/installation.ts";

Deno.test("run --stdin has every host read the same", E2E, async (t) => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using _first = await here.agent("web1");
  await using _second = await here.agent("web2");
  const run = ["run", "-w", "web[1-2]", ...here.listen, "-b", "-N"];
  const file = `${here.home}/numbers`;
  const bytes = new Uint8Array(3_000_000).map((_, index) => index * index);
  await Deno.writeFile(file, bytes);
  const sum = `${hash("sha256", bytes, "hex")}  -\n`;

  await t.step("from a file", async () => {
    const ended = await here.trigger(...run, "--stdin", file, "--", "sha256sum");
    assert.deepEqual([ended.code, ended.stdout], [0, sum], ended.stderr);
  });

  await t.step("from this program's own", async () => {
    const words = [...run, "--stdin", "-", "--", "sha256sum"];
    const ended = await here.start("trigger", words, { stdin: bytes }).ended();
    assert.deepEqual([ended.code, ended.stdout], [0, sum], ended.stderr);
  });

  await t.step("and nothing without it", async () => {
    const stdin = bytes.subarray(0, 100);
    const { stdout } = await here.start("trigger", [...run, "--", "wc", "-c"], { stdin }).ended();
    assert.equal(stdout, "0\n");
  });

  await t.step("as far as it wants", async () => {
    const ended = await here.trigger(...run, "--stdin", file, "--", "head", "-c", "3");
    assert.equal(ended.code, 0, ended.stderr);
    const ignored = await here.trigger(...run, "--stdin", file, "--", "true");
    assert.equal(ignored.code, 0, ignored.stderr);
  });

  await t.step("the end of a command ends it, though more might come", async () => {
    const words = [...run, "--stdin", "-", "--", "head", "-1"];
    const stdin = encodeUtf8("one\ntwo\n");
    const ended = await here.start("trigger", words, { stdin, stdinOpen: true }).ended();
    assert.deepEqual([ended.code, ended.stdout], [0, "one\n"], ended.stderr);
  });

  await t.step("what cannot be read is said before anything is sent", async () => {
    const missing = await here.trigger(...run, "--stdin", `${file}.x`, "--", "cat");
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /^nanotrigger: error: no such file: .*numbers\.x\n/);
    const folder = await here.trigger(...run, "--stdin", here.home, "--", "cat");
    assert.match(folder.stderr, /: is a folder\n.*hint: send an archive: tar -c FOLDER/);
  });
});

Deno.test("a key that is bound to commands streams nothing to them", E2E, async () => {
  await using here = await openInstallation();
  const { stdout: key } = await here.trigger("key");
  await Deno.writeTextFile(`${here.home}/.config/nanoexec/trusted_keys`, `commands="cat" ${key}`);
  await using _agent = await here.agent("web1");
  const { code, stderr } = await here.trigger(
    ...["run", "-w", "web1", ...here.listen, "--stdin", "-", "--", "cat"],
  );
  assert.equal(code, 16);
  assert.match(stderr, /may not send standard input/);
});

Deno.test("input from a pipe goes on after a restart of the hub", E2E, async () => {
  await using place = await openHubInstallation();
  const { here, hub, options } = place;
  await using _agent = await here.agent("web1");
  const pipe = `${here.home}/pipe`;
  await new Deno.Command("mkfifo", { args: [pipe] }).output();
  const words = ["-w", "web1", "-N", "--stdin", pipe, "--shell", "head -1; sha256sum"];
  await using run = here.start("trigger", ["run", ...options, ...words]);
  using writer = await Deno.open(pipe, { write: true });
  await writer.write(encodeUtf8("stop\n"));
  await run.says("stdout", /stop/);
  hub.kill("SIGKILL");
  await hub.ended();
  const state = `${here.home}/hub`;
  await using again = here.start("trigger", ["hub", "--state", state, ...here.listen]);
  await again.says("stdout", /^Listening on .*\n/);
  const bytes = encodeUtf8("delete\nstart\n".repeat(1_000));
  await writer.write(bytes);
  writer.close();
  const { code, stdout, stderr } = await run.ended();
  assert.deepEqual([code, stdout], [0, `stop\n${hash("sha256", bytes, "hex")}  -\n`], stderr);
});

Deno.test("a command whose input breaks off gets no end of it", E2E, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using _agent = await here.agent("web1");
  const file = `${here.home}/got`;
  const script = `trap 'sleep 0.3; kill -9 0' TERM
    exec 3<&0; (trap "" TERM; cat <&3; echo end of file) >${file} & wait`;
  const words = [
    "run",
    "-w",
    "web1",
    ...here.listen,
    "-u",
    "60",
    "--stdin",
    "-",
    "--shell",
    script,
  ];
  const options = { stdin: encodeUtf8("stop\ndel"), stdinOpen: true };
  await using run = here.start("trigger", words, options);
  const got = async () => await Deno.readTextFile(file).catch(() => "");
  while (await got() === "") await delay(20);
  run.kill("SIGTERM");
  await run.ended();
  while (await isRunning(file)) await delay(20);
  assert.equal(await got(), "stop\ndel");
});

/** Returns whether a process of a command that writes to `file` runs. */
async function isRunning(file: string): Promise<boolean> {
  const { success } = await new Deno.Command("pgrep", { args: ["-f", `>${file} `] }).output();
  return success;
}
