/**
 * `nanotrigger shell`: a prompt at a real terminal, and lines from a file.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, type Installation, openInstallation } from "../../support/programs/installation.ts";
import { shellLine } from "../../support/programs/pseudo_terminal.ts";
import { TMUX, TmuxTerminal } from "../../support/programs/tmux_terminal.ts";

const ON_TERMINAL = { ...E2E, ignore: !TMUX.available };

/** `nanotrigger shell` on a terminal; then its exit status, and how the terminal was left. */
async function onTerminal(
  here: Installation,
  ...args: readonly string[]
): Promise<TmuxTerminal> {
  const line = shellLine(here.words("trigger", ["shell", ...args, ...here.listen]));
  const modes = "stty -a | grep -o -E -w -- '-?(echo|icanon|isig)' | sort | xargs";
  const terminal = new TmuxTerminal(`${line}; s=$?; ${modes}; (exit $s)`, {
    env: here.environment(),
    columns: 100,
  });
  await terminal.shows(/> ?$/);
  return terminal;
}

/** Types text without pressing Enter. */
async function type(terminal: TmuxTerminal, text: string): Promise<void> {
  await terminal.press("-l", "--", shellLine([text]));
}

/** Types a line. */
async function enter(terminal: TmuxTerminal, line: string): Promise<void> {
  await type(terminal, line);
  await terminal.press("Enter");
}

/** Starts agents that obey, and makes the groups web and db of them. */
async function agents(here: Installation, ...names: readonly string[]): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  await here.trigger("key");
  await Deno.writeTextFile(`${here.home}/.config/nanoexec/groups`, "web: web[1-2]\ndb: db1\n");
  for (const name of names) stack.use(await here.agent(name));
  return stack.move();
}

Deno.test(
  `a line runs on the hosts, and its answers are folded ${TMUX.needs}`,
  ON_TERMINAL,
  async () => {
    await using here = await openInstallation();
    await using _agents = await agents(here, "web1", "web2");
    await using terminal = await onTerminal(here, "-w", "web[1-2]");
    await terminal.shows(/^web\[1-2\] \(2\)>$/m);
    await enter(terminal, "echo a  b | tr a-z A-Z");
    await terminal.shows(/tr a-z A-Z\n-+\nweb\[1-2\] \(2\)\n-+\nA B\nweb\[1-2\] \(2\)>$/);
    await enter(terminal, "printf '\\033[31mred\\n'");
    await terminal.shows(/\n\\x1b\[31mred\nweb/);
    await enter(terminal, "[ $NANOEXEC_HOST = web1 ]");
    await terminal.shows(
      /web2: exited with exit code 1\n.*rerun on these hosts: @web2, then.*\nweb\[1-2\] \(2, 1 not ok\)>$/,
    );
    await enter(terminal, "?");
    await terminal.shows(
      /hosts: web\[1-2\] \(2\)\noutput: gathered.*\nlast command: web2 \(1\) exited with exit code 1\nweb.*>$/,
    );
    await enter(terminal, "=");
    await enter(terminal, "echo $NANOEXEC_HOST");
    await terminal.shows(/web1: web1\n/);
    await terminal.shows(/web2: web2\n/);
    await terminal.shows(/web\[1-2\] \(2\)>$/);
    await enter(terminal, "?");
    await terminal.shows(/output: line by line.*\nlast command: all ok\nweb.*>$/);
    await terminal.press("Enter");
    await enter(terminal, "!echo $((20 + 22)); exit 3");
    await terminal.shows(/\n42\nnanotrigger: local command exited with exit code 3\nweb.*>$/);
    await terminal.press("C-d");
    await terminal.shows(/echo icanon isig\nstatus 0$/);
  },
);

Deno.test(`the set changes, or stays as it is ${TMUX.needs}`, ON_TERMINAL, async () => {
  await using here = await openInstallation();
  await using _agents = await agents(here, "web1", "web2", "db1");
  await using terminal = await onTerminal(here, "-g", "web");
  const rows: readonly (readonly [line: string, shown: RegExp])[] = [
    ["+@db", /^db1,web\[1-2\] \(3\)>$/m],
    ["-web1", /^db1,web2 \(2\)>$/m],
    ["@web[1-", /at character 8\nnanotrigger: {3}@web\[1-\nnanotrigger: {10}\^\ndb1,web2 \(2\)>$/],
    ["+@nothing", /error: cannot use group "@nothing".*\n(.*\n)*db1,web2 \(2\)>$/],
    ["@nobody*", /error: target matches no host\n(.*\n)*db1,web2 \(2\)>$/],
    ["=x", /error: = takes no argument, at character 2\n(.*\n)*db1,web2 \(2\)>$/],
    ["@ALL", /^db1,web\[1-2\] \(3\)>$/m],
    ["[ $NANOEXEC_HOST != web2 ]", /\(3, 1 not ok\)>$/],
    ["@@job:last:failed", /^web2 \(1\)>$/m],
    ["@db", /^db1 \(1\)>$/m],
    ["@web* and not web1", /^web2 \(1\)>$/m],
  ];
  for (const [line, shown] of rows) {
    await enter(terminal, line);
    await terminal.shows(shown);
  }
  await enter(terminal, "quit");
  await terminal.shows(/status 0$/);
});

Deno.test(`Ctrl-C is about the command, and never leaves ${TMUX.needs}`, ON_TERMINAL, async () => {
  await using here = await openInstallation();
  await using _agents = await agents(here, "web1", "web2");
  await using terminal = await onTerminal(here, "-w", "web[1-2]");
  await type(terminal, "not this");
  await terminal.press("C-c");
  await terminal.shows(/not this\^C\nweb\[1-2\] \(2\)>$/);
  await enter(terminal, "echo begun; sleep 60");
  await terminal.shows(/^0\/2 done, 2 running, slowest web\[1-2\]$/m);
  await terminal.press("Enter");
  await terminal.shows(/nanotrigger: 0 of 2 hosts done\nnanotrigger: running: web\[1-2\] \(2\)\n/);
  await terminal.press("C-c");
  await terminal.shows(/press Ctrl-C again within 5 seconds to cancel the command/);
  await terminal.interruptAgain();
  await terminal.shows(/begun\nnanotrigger: web\[1-2\]: cancelled\nweb\[1-2\] \(2, 2 not ok\)>$/);
  await enter(terminal, "!trap 'echo caught; exit 0' INT; echo sleeping; sleep 60");
  await terminal.shows(/^sleeping$/m);
  await terminal.press("C-c");
  await terminal.shows(/caught\nweb.*>$/);
  await enter(terminal, "echo still here");
  await terminal.shows(/-\nstill here\nweb\[1-2\] \(2\)>$/);
  await enter(terminal, "!kill -TERM $PPID");
  await terminal.shows(/echo icanon isig\nstatus 0$/);
});

Deno.test(`lines are edited, completed and kept ${TMUX.needs}`, ON_TERMINAL, async (t) => {
  await using here = await openInstallation();
  await using _agents = await agents(here, "web1", "web2");
  const history = `${here.home}/.local/state/nanoexec/shell_history`;

  await t.step("edited", async () => {
    await using terminal = await onTerminal(here, "-w", "web1");
    await type(terminal, "cho 漢字 xx yyz");
    await terminal.press("C-a");
    await type(terminal, "e");
    await terminal.press("C-e", "BSpace", "C-w", "BSpace", "BSpace", "BSpace", "BSpace", "Left");
    await type(terminal, "=");
    await terminal.press("End");
    await type(terminal, "_");
    await terminal.shows(/> echo 漢=字_$/);
    await terminal.press("Enter");
    await terminal.shows(/-\n漢=字_\nweb1 \(1\)>$/);
    await enter(terminal, " echo secret");
    await terminal.shows(/-\nsecret\n/);
    await enter(terminal, "echo second");
    await terminal.shows(/-\nsecond\nweb1 \(1\)>$/);
    await terminal.press("Up", "Up", "Enter");
    await terminal.shows(/second\nweb1 \(1\)> echo 漢=字_\n-+\nweb1\n-+\n漢=字_\nweb1 \(1\)>$/);
    await terminal.press("C-d");
    await terminal.shows(/status 0$/);
    assert.equal(await Deno.readTextFile(history), "echo 漢=字_\necho second\necho 漢=字_\n");
    assert.equal(((await Deno.stat(history)).mode ?? 0) & 0o777, 0o600);
  });

  await t.step("kept, and found again", async () => {
    await using terminal = await onTerminal(here, "-w", "web1");
    await terminal.press("-H", ...hex("sec\x12")); // at once, as from fast fingers
    await terminal.shows(/> echo second$/);
    await terminal.press("C-u");
    await terminal.shows(/>$/);
    await type(terminal, "@w");
    await terminal.press("Tab");
    await terminal.shows(/> @web$/);
    await type(terminal, "2,@d");
    await terminal.press("Tab");
    await terminal.shows(/> @web2,@db$/);
    await terminal.press("Enter");
    await terminal.shows(/\ndb1,web2 \(2\)>$/);
  });

  await t.step("pasted, each line by itself", async () => {
    await using terminal = await onTerminal(here, "-w", "web1");
    await terminal.press("-H", ...hex("echo one\r!echo go; read x; echo got $x\r"));
    // It depends on how the terminal cuts the paste up whether the keyboard has to be let go of first.
    const [shown] = await terminal.shows(
      /-\none\nweb1 \(1\)> !.* \$x\n(press Enter to run it locally:|go)$/,
    );
    if (!shown.endsWith("go")) await terminal.press("Enter");
    await terminal.shows(/\ngo$/);
    await enter(terminal, "typed");
    await terminal.shows(/got typed\nweb1 \(1\)>$/);
  });
});

/** Bytes as tmux takes them all at once. */
function hex(text: string): readonly string[] {
  return [...new TextEncoder().encode(text)].map((byte) => byte.toString(16));
}

Deno.test("without a terminal lines come from stdin", E2E, async (t) => {
  await using here = await openInstallation();
  await using _agents = await agents(here, "web1", "web2");
  const shell = async (lines: string, ...more: readonly string[]) => {
    const args = ["shell", "-w", "web[1-2]", ...more, ...here.listen];
    const stdin = new TextEncoder().encode(lines);
    const { code, stdout, stderr } = await here.start("trigger", args, { stdin }).ended();
    return { code, stdout, stderr };
  };
  const block = (who: string, text: string) =>
    `---------------\n${who}\n---------------\n${text}\n`;

  await t.step("and their statuses add up", async () => {
    const lines = "echo a\n\n# nothing\n@web1\n[ $NANOEXEC_HOST = web2 ]\n+nobody\necho b";
    assert.deepEqual(await shell(lines, "-t", "2"), {
      code: 6,
      stdout: block("web[1-2] (2)", "a") + block("web1", "b"),
      stderr:
        "nanotrigger: web1: exited with exit code 1\nnanotrigger: nobody: expired: not delivered\n" +
        "nanotrigger: hint: rerun on these hosts: @nobody, then the same command\n",
    });
  });

  await t.step("or all is well", async () => {
    const { code, stdout, stderr } = await shell("=\n-web2\necho a\nquit\necho b\n", "-q");
    assert.deepEqual([code, stdout, stderr], [0, "web1: a\n", ""]);
  });

  await t.step("with -S the largest counts", async () => {
    assert.equal((await shell("exit 3\nexit 7\ntrue\n", "-S")).code, 7);
  });

  await t.step("a command here does not read them", async () => {
    const { code, stdout } = await shell("!cat; echo here\n?\n");
    assert.deepEqual([code, stdout.split("\n")[0]], [0, "here"]);
    assert.match(stdout, /\nhosts: web\[1-2\] \(2\)\n(not attached: .*\n)?output: gathered/);
  });

  await t.step("nothing runs on the wrong hosts", async () => {
    for (const line of ["@web[1", "@@nothing", "-web[1-2]", "?x", "+", "@nobody*"]) {
      const { code, stdout, stderr } = await shell(`echo a\n${line}\necho b\n`);
      assert.deepEqual([code, stdout], [1, block("web[1-2] (2)", "a")], line);
      assert.match(stderr, /^nanotrigger: error: /m, line);
    }
  });
});

Deno.test("a shell asks a hub that runs", E2E, async () => {
  await using here = await openInstallation();
  const state = `${here.home}/hub`;
  await using hub = here.start("trigger", ["hub", ...here.listen, "--state", state]);
  await hub.says("stdout", /^Listening on /);
  await using _agents = await agents(here, "web1", "web2");
  const option = ["--hub", `ipc://${state}/control.sock`];
  const lines = "[ $NANOEXEC_HOST = web2 ]\n@job:last:failed\necho again\n+late\n?\n";
  const stdin = new TextEncoder().encode(lines);
  await here.trigger("run", "-w", "web[1-2]", "-t", "30", ...option, "--", "true");
  const shell = here.start("trigger", ["shell", "-a", ...option], { stdin });
  const { code, stdout, stderr } = await shell.ended();
  assert.deepEqual([code, stderr.split("\n")[0]], [
    2,
    "nanotrigger: web1: exited with exit code 1",
  ]);
  assert.match(
    stdout,
    /^-+\nweb1\n-+\nagain\nhosts: late,web1 \(2\)\nunknown to the hub: late \(1\)\n/,
  );
  const jobs = await here.trigger("jobs", ...option);
  assert.equal(jobs.stdout.trim().split("\n").length, 4, jobs.stdout);
});
