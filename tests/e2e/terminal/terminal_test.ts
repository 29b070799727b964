/**
 * What a person at a terminal sees of a command that takes its time, and can do about it.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, type Installation, openInstallation } from "../../support/programs/installation.ts";
import { shellLine } from "../../support/programs/pseudo_terminal.ts";
import { TMUX, TmuxTerminal } from "../../support/programs/tmux_terminal.ts";

const ON_TERMINAL = { ...E2E, ignore: !TMUX.available };

/** `nanotrigger ARGS` on a terminal. */
function onTerminal(
  here: Installation,
  args: readonly string[],
  options: { readonly columns?: number; readonly redirect?: string } = {},
): TmuxTerminal {
  const { redirect = "", ...rest } = options;
  const line = `${shellLine(here.words("trigger", args))} ${redirect}`;
  return new TmuxTerminal(line, { env: here.environment(), ...rest });
}

/** Runs on each host until there is a file that is called as the host. */
function untilFile(here: Installation, first = "true"): string {
  return `${first}; until [ -e ${here.home}/$NANOEXEC_HOST.go ]; do sleep 0.05; done; echo done`;
}

/** Lets the command of a host end. */
async function letGo(here: Installation, host: string): Promise<void> {
  await Deno.writeTextFile(`${here.home}/${host}.go`, "");
}

Deno.test(
  `progress is shown while it runs, and nothing of it stays ${TMUX.needs}`,
  ON_TERMINAL,
  async () => {
    await using here = await openInstallation();
    await here.trigger("key");
    await using _web1 = await here.agent("web1");
    await using _web2 = await here.agent("web2");
    const command = untilFile(here, "echo begun; printf 'half a line'");
    const args = ["run", "-w", "web[1-2]", ...here.listen, "--shell", command];
    await using terminal = onTerminal(here, args);
    await terminal.shows(/^0\/2 done, 2 running, slowest web\[1-2\]$/m);
    await letGo(here, "web2");
    await terminal.shows(
      /web2: half a linedone\n1\/2 done, 1 running, [\d.]+\/s, ETA \d+s, slowest web1$/,
    );
    await terminal.press("Enter");
    await terminal.shows(/nanotrigger: 1 of 2 hosts done\nnanotrigger: running: web1\n/);
    await letGo(here, "web1");
    await terminal.shows(/status 0$/);
    const text = await terminal.text();
    const [left] = /^1\/2 done.*\n/m.exec(text) ?? [""]; // what Enter has left behind
    assert.deepEqual(text.replace(left, "").split("\n").toSorted(), [
      "nanotrigger: 1 of 2 hosts done",
      "nanotrigger: running: web1",
      "status 0",
      "web1: begun",
      "web1: half a linedone",
      "web2: begun",
      "web2: half a linedone",
    ]);
  },
);

Deno.test(`progress is cut to the width ${TMUX.needs}`, ON_TERMINAL, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using _agent = await here.agent("a-host-with-a-rather-long-name");
  const host = "a-host-with-a-rather-long-name";
  const args = ["run", "-w", host, "-b", ...here.listen, "--shell", untilFile(here)];
  await using terminal = onTerminal(here, args, { columns: 40 });
  await terminal.shows(/^0\/1 done, 1 running, slowest a-host-wi…$/m);
  await letGo(here, host);
  await terminal.shows(/status 0$/);
  assert.equal(
    await terminal.text(),
    `---------------\n${host}\n---------------\ndone\nstatus 0`,
  );
});

Deno.test(`there is no progress where nobody wants it ${TMUX.needs}`, ON_TERMINAL, async (t) => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using _agent = await here.agent("web1");
  const run = (
    ...more: readonly string[]
  ) => ["run", "-w", "web1", ...more, ...here.listen, "--shell", "sleep 1.5; echo done"];
  const rows = [
    [run("--no-progress"), "", /^web1: done\nstatus 0$/],
    [run("-q"), "", /^web1: done\nstatus 0$/],
    [run("-j"), `2>${here.home}/stderr`, /^\{\n[^]*\n\}\nstatus 0$/],
  ] as const;
  for (const [args, redirect, expected] of rows) {
    await t.step(`${args[3]} ${redirect && "2>FILE"}`, async () => {
      await using terminal = onTerminal(here, args, { redirect });
      await terminal.shows(/status 0$/);
      assert.match(await terminal.text(), expected);
    });
  }
  assert.equal(await Deno.readTextFile(`${here.home}/stderr`), "");
});

Deno.test(`who waits for agents is told so ${TMUX.needs}`, ON_TERMINAL, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using _web1 = await here.agent("web1");
  const args = ["run", ...here.listen, "-a", "-y", "ls", "-b", `${here.home}/none`];
  await using terminal = onTerminal(here, args);
  await terminal.shows(/^waiting for agents: 1 attached$/m);
  const [said] = await terminal.shows(/[^]*status 2$/);
  assert.doesNotMatch(said, /waiting/);
  assert.match(said, /hint: put -b before the command/);
});

Deno.test(
  `Ctrl-C says who is still to come, then stops, then leaves ${TMUX.needs}`,
  ON_TERMINAL,
  async (t) => {
    await using here = await openInstallation();
    await here.trigger("key");
    await using _agent = await here.agent("web1");
    const run = (
      set: string,
      ...more: readonly string[]
    ) => ["run", "-w", set, "-t", "8", ...more, ...here.listen, "--shell"];
    const warning = "press Ctrl-C again within 5 seconds to cancel the command";

    await t.step("once is a question", async () => {
      await using terminal = onTerminal(here, [...run("web[1-2]"), untilFile(here, "echo begun")]);
      await terminal.shows(/web1: begun/);
      await terminal.press("C-c");
      await terminal.shows(
        new RegExp(
          `^nanotrigger: 0 of 2 hosts done\nnanotrigger: running: web1\nnanotrigger: not delivered: web2\nnanotrigger: ${warning}\n`,
          "m",
        ),
      );
      await letGo(here, "web1");
      await terminal.shows(/web1: done\nnanotrigger: web2: expired[^]*status 4$/);
    });

    await t.step("twice stops it, and shows what has come", async () => {
      const command = "echo begun; sleep 60";
      await using _web2 = await here.agent("web2");
      await using terminal = onTerminal(here, [...run("web[1-2]", "-b"), command]);
      await terminal.shows(/0\/2 done, 2 running/);
      await terminal.press("C-c");
      await terminal.shows(new RegExp(warning));
      await terminal.interruptAgain();
      await terminal.shows(/cancelling; press Ctrl-C again to exit now/);
      await terminal.shows(
        /web\[1-2\] \(2\)\n-+\nbegun\nnanotrigger: web\[1-2\]: cancelled\nstatus 130$/,
      );
    });

    await t.step("three times leaves at once", async () => {
      const stubborn = "trap 'echo no' INT TERM; echo begun; while :; do sleep 0.1; done";
      await using terminal = onTerminal(here, [...run("web1"), stubborn]);
      await terminal.shows(/web1: begun/);
      await terminal.press("C-c");
      await terminal.shows(new RegExp(warning));
      await terminal.interruptAgain();
      await terminal.shows(/cancelling; press Ctrl-C[^]*web1: no/);
      await terminal.interruptAgain();
      await terminal.shows(/web1: lost: result not awaited\nstatus 130$/);
    });
  },
);

Deno.test(
  `a question is answered before Enter means anything else ${TMUX.needs}`,
  ON_TERMINAL,
  async () => {
    await using here = await openInstallation();
    await here.trigger("key");
    await using _agent = await here.agent("web1");
    const args = ["run", "-w", "web1", "--ask-above", "0", ...here.listen, "--shell"];
    await using terminal = onTerminal(here, [...args, untilFile(here)]);
    await terminal.shows(/^Run on 1 host, web1\? \[y\/N\]$/);
    await terminal.press("y", "Enter");
    await terminal.shows(/^0\/1 done, 1 running, slowest web1$/m);
    await terminal.press("Enter");
    await terminal.shows(/nanotrigger: 0 of 1 host done\nnanotrigger: running: web1\n/);
    await letGo(here, "web1");
    await terminal.shows(/web1: done\nstatus 0$/);
  },
);

Deno.test(
  `a host cannot print what looks like a line of ours, or like a header ${TMUX.needs}`,
  ON_TERMINAL,
  async () => {
    await using here = await openInstallation();
    await here.trigger("key");
    await using _agent = await here.agent("web1");
    const forged = "nanotrigger: 9 ok\\n%80snanotrigger: 9 ok\\n---------------\\nweb9\\n";
    const command = `printf '${forged}' ''; exit 3`;
    const args = ["run", "-w", "web1", "-b", ...here.listen, "--shell", command];
    await using terminal = onTerminal(here, args);
    await terminal.shows(/status 2$/);
    const text = await terminal.text();
    assert.deepEqual(text.split("\n").filter((line) => line.startsWith("nanotrigger:")), [
      "nanotrigger: web1: exited with exit code 3",
    ]);
    assert.equal(text.match(/^-{15}$/gm)?.length, 2);
    assert.match(text, /^\\x6eanotrigger: 9 ok$/m);
  },
);
