/**
 * What is asked on a terminal: passphrases, and whether it is meant.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, type Installation, openInstallation } from "../../support/programs/installation.ts";
import { KEYS, PseudoTerminal, SCRIPT, shellLine } from "../../support/programs/pseudo_terminal.ts";

const ON_TERMINAL = { ...E2E, ignore: !SCRIPT.available };

/** `nanotrigger ARGS` on a terminal; then its exit status and whether the terminal echoes. */
function onTerminal(here: Installation, ...args: readonly string[]): PseudoTerminal {
  const line = shellLine(here.words("trigger", args));
  const report = `echo "status $?"; stty -a | grep -o -E -- ' -?echo ' `;
  // Ctrl-C reaches the shell, too, which is to go on.
  return new PseudoTerminal(`trap : INT; ${line}; ${report}`, { env: here.environment() });
}

/** Waits for the end with `status`, and that what is typed is shown again. */
async function endsWith(terminal: PseudoTerminal, status: number): Promise<void> {
  await terminal.shows(new RegExp(`status ${status}\r\n echo`));
}

Deno.test(`passphrases are asked for and not shown ${SCRIPT.needs}`, ON_TERMINAL, async (t) => {
  await using here = await openInstallation();
  const key = `${here.home}/ann.key`;
  const sign = ["run", "-w", "web1", "--key", key, "--save", `${here.home}/request`, "--", "true"];

  await t.step("keygen asks twice", async () => {
    await using terminal = onTerminal(here, "keygen", "-f", key);
    await terminal.shows(/^Passphrase \(empty for none\): $/);
    await terminal.type(`wrong${KEYS.kill}open sesamy${KEYS.backspace}e${KEYS.enter}`);
    await terminal.shows(/^\r\nRepeat the passphrase: $/);
    await terminal.type(`open sesame${KEYS.enter}`);
    await terminal.shows(/^\r\nnanotrigger: secret key written to .*\r\nnanoexec-ed25519 \S+ ann@/);
    await endsWith(terminal, 0);
  });

  await t.step("keygen takes no answer for the other", async () => {
    await using terminal = onTerminal(here, "keygen", "-f", `${here.home}/other.key`);
    await terminal.shows(/none\): $/);
    await terminal.type(`open sesame${KEYS.enter}`);
    await terminal.shows(/^\r\nRepeat the passphrase: $/);
    await terminal.type(`open sesami${KEYS.enter}`);
    await terminal.shows(/^\r\nnanotrigger: error: passphrases do not match\r\n/);
    await endsWith(terminal, 1);
    await assert.rejects(Deno.stat(`${here.home}/other.key`), Deno.errors.NotFound);
  });

  await t.step("the right one signs", async () => {
    await using terminal = onTerminal(here, ...sign);
    await terminal.shows(/^Passphrase for .*ann\.key: $/);
    await terminal.type(`open sesame${KEYS.enter}`);
    await terminal.shows(/^\r\nnanotrigger: signed request saved to /);
    await endsWith(terminal, 0);
  });

  await t.step("a wrong one does not", async () => {
    await using terminal = onTerminal(here, ...sign);
    await terminal.shows(/^Passphrase for .*: $/);
    await terminal.type(`open${KEYS.enter}`);
    await terminal.shows(/^\r\nnanotrigger: error: .*ann\.key: wrong passphrase\r\n/);
    await endsWith(terminal, 1);
  });

  await t.step("Ctrl-C leaves with the terminal as it was", async () => {
    await using terminal = onTerminal(here, ...sign);
    await terminal.shows(/^Passphrase for .*: $/);
    await terminal.type(`open${KEYS.interrupt}`);
    await endsWith(terminal, 130);
  });
});

Deno.test(`cosign asks before it signs ${SCRIPT.needs}`, ON_TERMINAL, async (t) => {
  await using here = await openInstallation();
  const request = `${here.home}/request`;
  const other = `${here.home}/bob.key`;
  await here.trigger("run", "-a", "--save", request, "--", "rm", "-rf", "/tmp/\x1b[31mx");
  await here.trigger("keygen", "-f", other, "--no-passphrase");
  const saved = await Deno.readTextFile(request);

  await t.step("and shows what it is about", async () => {
    await using terminal = onTerminal(here, "cosign", "--key", other, request);
    await terminal.shows(/^nanotrigger: run: {5}\["rm","-rf","\/tmp\/\\u001b\[31mx"\]\r\n/);
    await terminal.shows(/nanotrigger: signed: {2}by 1 key\r\nSign this request\? \[y\/N\] $/);
    await terminal.type("no\r");
    await terminal.shows(/nanotrigger: not signed\r\n/);
    await endsWith(terminal, 1);
    assert.equal(await Deno.readTextFile(request), saved);
  });

  await t.step("and takes yes for an answer", async () => {
    await using terminal = onTerminal(here, "cosign", "--key", other, request);
    await terminal.shows(/\[y\/N\] $/);
    await terminal.type("y\r");
    await terminal.shows(/nanotrigger: signed with SHA256:/);
    await endsWith(terminal, 0);
  });

  await t.step("but not whoever has signed it already", async () => {
    await using terminal = onTerminal(here, "cosign", "--key", other, request);
    await terminal.shows(/nanotrigger: error: request is already signed with your key\r\n/);
    await endsWith(terminal, 1);
  });
});

Deno.test(`many hosts are not commanded by mistake ${SCRIPT.needs}`, ON_TERMINAL, async (t) => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using _agent = await here.agent("web1");
  const run = (...more: readonly string[]) =>
    onTerminal(here, "run", ...here.listen, "-w", "web[1-11]", ...more, "--", "echo", "done");

  await t.step("no is the usual answer", async () => {
    await using terminal = run();
    await terminal.shows(/^Run on 11 hosts, web\[1-11\]\? \[y\/N\] $/);
    await terminal.type(KEYS.enter);
    await terminal.shows(/nanotrigger: not run\r\n/);
    await endsWith(terminal, 1);
  });

  await t.step("Ctrl-C is another", async () => {
    await using terminal = run();
    await terminal.shows(/\[y\/N\] $/);
    await terminal.type(KEYS.interrupt);
    await endsWith(terminal, 130);
  });

  await t.step("the time that it takes to answer does not count", async () => {
    await using terminal = run("-t", "3");
    await terminal.shows(/\[y\/N\] $/);
    await new Promise((resolve) => setTimeout(resolve, 3_100)); // longer than `-t`
    await terminal.type("y\r");
    await terminal.shows(/web1: done\r\n/);
    await terminal.shows(/web\[2-11\]: expired/);
    await endsWith(terminal, 4);
  });

  await t.step("--yes, --dry-run and --ask-above spare the question", async () => {
    for (const option of ["--yes", "--dry-run", "--ask-above=11"]) {
      await using terminal = run("-t", "1", option);
      assert.doesNotMatch((await terminal.shows(/[^]*-11\]: expired/))[0], /\[y\/N\]/);
      await endsWith(terminal, 4);
    }
  });

  await t.step("nobody is asked where nobody is", async () => {
    const options = [...here.listen, "-w", "web[1-11]", "-t", "3", "--", "echo", "done"];
    const { code, stdout } = await here.trigger("run", ...options);
    assert.deepEqual([code, stdout], [4, "web1: done\n"]);
  });
});
