/**
 * A hub that runs by itself: jobs that are looked up later, hosts, and what became of a host.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, openInstallation } from "../../support/programs/installation.ts";
import { openHubInstallation } from "../../support/programs/hub_installation.ts";
import { shellLine } from "../../support/programs/pseudo_terminal.ts";
import { TMUX, TmuxTerminal } from "../../support/programs/tmux_terminal.ts";

const ON_TERMINAL = { ...E2E, ignore: !TMUX.available };
const FOLD = "-".repeat(15);

Deno.test("jobs, hosts and their history are asked of a hub", E2E, async (t) => {
  await using place = await openHubInstallation();
  const { here, ask } = place;

  await t.step("before there is anything", async () => {
    assert.deepEqual((await ask("jobs")).stdout, "");
    const { code, stderr } = await ask("job", "last");
    assert.deepEqual([code, stderr], [1, "nanotrigger: error: no jobs yet\n"]);
    const why = await ask("why", "web1");
    assert.deepEqual([why.code, why.stdout], [
      0,
      "web1: unknown to the hub\njob: none for this host\n",
    ]);
  });

  await using _web1 = await here.agent("web1");
  await using _web2 = await here.agent("web2");
  let first = "";

  await t.step("a job is listed and shown as its run has shown it", async () => {
    const line = "[ $NANOEXEC_HOST = web1 ] && echo up || { echo down; exit 3; }";
    const run = await ask("run", "-w", "web[1-2]", "-b", "-t", "20", "--shell", line);
    const blocks = (text: string) => text.split(FOLD).length;
    assert.deepEqual([run.code, blocks(run.stdout)], [2, 5]);
    assert.match(run.stderr, /nanotrigger: hint: show the job: nanotrigger job [0-9a-f]{8}\n/);
    const shown = await ask("job", "last", "-b");
    const sorted = (text: string) => text.split("\n").sort();
    assert.deepEqual([shown.code, sorted(shown.stdout)], [run.code, sorted(run.stdout)]);
    assert.equal(shown.stderr, "nanotrigger: web2: exited with exit code 3\n");
    const { stdout } = await ask("jobs");
    const [heading, row = ""] = stdout.split("\n");
    assert.match(heading ?? "", /^ID +AGE +BY +HOSTS +COMMAND$/);
    assert.match(
      row,
      /^[0-9a-f]{8} {2}\d+s +\S{8} {2}1 ok, 1 failed {2}\[ \$NANOEXEC_HOST = web1 \]/,
    );
    first = row.slice(0, 8);
    const json = JSON.parse((await ask("job", first, "-j")).stdout);
    assert.deepEqual(json.results.map(({ host, code }: JsonRow) => [host, code]), [
      ["web1", 0],
      ["web2", 3],
    ]);
    assert.equal(json.summary.exitStatus, 2);
    const { jobs } = JSON.parse((await ask("jobs", "-j", "-w", "web2")).stdout);
    assert.deepEqual(jobs.map(({ counts }: { counts: unknown }) => counts), [{ failed: 1, ok: 1 }]);
    assert.equal((await ask("jobs", "-w", "db1")).stdout, "");
  });

  await t.step("why says which rule let it run, and when", async () => {
    const { code, stdout } = await ask("why", "web2", first);
    assert.equal(code, 0);
    const time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";
    const lines = [
      `web2: attached for \\d+s, since ${time}, agent \\S+`,
      `job: ${first}, \\d+s ago, .* \\(1 ok, 1 failed\\)`,
      "target: web\\[1-2\\] matches",
      `delivered: ${time}`,
      `started: ${time}`,
      'allowed by: key "ann@\\S+" \\(line 1\\)',
      `ended: ${time}, exited with exit code 3`,
      "ran: \\d+\\.\\d s by the clock of the host",
      `output: stdout \\S+, stderr \\S+; show it: nanotrigger job ${first}`,
    ];
    assert.match(stdout, new RegExp(`^${lines.join("\n")}\n$`));
    const json = JSON.parse((await ask("why", "-j", "web1", "last")).stdout);
    assert.deepEqual([json.meant, json.outcome], [true, { kind: "exited", code: 0 }]);
    const other = await ask("why", "db1", "last");
    assert.match(other.stdout, /\ntarget: web\[1-2\] did not match, or db1 was unknown/);
  });

  await t.step("hosts of past jobs are targets", async () => {
    const again = ["-w", "@job:last:failed", "--", "echo", "again"];
    const list = await ask("run", "--list-hosts", ...again);
    assert.deepEqual([list.code, list.stdout, list.stderr], [0, "web2\n", ""]);
    const others = await ask("run", "--list-hosts", "-w", `@job:${first}!@job:${first}:rc=3`, "x");
    assert.equal(others.stdout, "web1\n");
    const run = await ask("run", ...again);
    assert.deepEqual([run.code, run.stdout, run.stderr], [0, "web2: again\n", ""]);
    const none = await ask("run", "--list-hosts", "-w", "@job:ffffffff:ok", "x");
    const line = "nanotrigger: error: no such job: ffffffff\n";
    assert.deepEqual([none.code, none.stderr], [1, line]);
    const nobody = await ask("run", "--list-hosts", "-w", "@job:last:failed", "x");
    assert.match(nobody.stderr, /^nanotrigger: error: target matches no host\n/);
  });

  await t.step("hosts are folded by state, and listed", async () => {
    assert.equal((await ask("hosts")).stdout, "attached (2): web[1-2]\n");
    const long = await ask("hosts", "-l", "-w", "web2");
    assert.match(
      long.stdout,
      /^HOST +STATE +AGENT +KEY\nweb2 +attached \d+s +\S+ +SHA256:\S{43}\n$/,
    );
    const facts = await ask("hosts", "--facts");
    assert.match(facts.stdout, /KEY +FACTS\nweb1 .* os=linux/);
    const { hosts } = JSON.parse((await ask("hosts", "-j")).stdout);
    assert.deepEqual(hosts.map(({ host, state }: HostRow) => [host, state]), [
      ["web1", "attached"],
      ["web2", "attached"],
    ]);
  });

  await t.step("ping tells who proves that it is there", async () => {
    const all = await ask("ping");
    const trips = "round trip [\\d.]+ / [\\d.]+ / [\\d.]+ ms \\(min / median / max\\)";
    assert.match(
      all.stdout,
      new RegExp(`^web\\[1-2\\] \\(2\\): ok, ${trips}, clock offset within .*\n$`),
    );
    assert.equal(all.code, 0);
    const some = await ask("ping", "-w", "web1,db1", "-j");
    const { alive, away, silent } = JSON.parse(some.stdout);
    assert.deepEqual([alive.length, away, silent, some.code], [1, ["db1"], [], 4]);
  });

  await t.step("completion knows hosts, groups and jobs", async () => {
    const { options } = place;
    const complete = async (command: string, ...words: readonly string[]) => {
      const args = ["completion", "bash", command, ...options, ...words];
      const { code, stdout, stderr } = await here.trigger(...args);
      assert.deepEqual([code, stderr], [0, ""]);
      return stdout.split("\n").filter((line) => line !== "");
    };
    assert.deepEqual(await complete("run", "-w", "w"), ["web1", "web2"]);
    assert.deepEqual(await complete("run", "-w", "db1,web1"), ["db1,web1"]);
    assert.ok((await complete("job", first.slice(0, 3))).includes(first));
    assert.deepEqual(await complete("job", "la"), ["last"]);
    await Deno.writeTextFile(`${here.home}/.config/nanoexec/groups`, "db: db[1-3]\n");
    assert.deepEqual(await complete("run", "-g", ""), ["db"]);
    assert.deepEqual(await complete("run", "-w", "@"), ["@db"]);
    const silent = await here.trigger("completion", "bash", "job", "--hub", "ipc:///nowhere", "");
    assert.deepEqual([silent.code, silent.stdout.trim(), silent.stderr], [0, "", ""]);
  });

  await t.step("hosts forget has the hub forget, too", async () => {
    await using web3 = await here.agent("web3");
    while (!(await ask("hosts")).stdout.includes("web[1-3]")) {
      /* it attaches within two seconds */
    }
    await web3[Symbol.asyncDispose]();
    while (!(await ask("hosts")).stdout.includes("detached for")) {
      /* and leaves */
    }
    const { code, stderr } = await here.trigger("hosts", "forget", ...place.options, "web3");
    assert.deepEqual([code, stderr], [0, "nanotrigger: web3: forgotten\n"]);
    assert.equal((await ask("hosts")).stdout, "attached (2): web[1-2]\n");
    const again = await here.trigger("hosts", "forget", ...place.options, "web3");
    assert.deepEqual([again.code, again.stderr], [1, "nanotrigger: error: web3: unknown host\n"]);
  });
});

Deno.test("a job is cancelled from elsewhere, on every host", E2E, async () => {
  await using place = await openHubInstallation();
  const { here, ask, options } = place;
  await using _web1 = await here.agent("web1");
  await using _web2 = await here.agent("web2");
  const line = "[ $NANOEXEC_HOST = web1 ] || { echo begun; sleep 600; }";
  const args = ["run", ...options, "-w", "web[1-2],db1", "-t", "50", "--shell", line];
  await using run = here.start("trigger", args);
  await run.says("stdout", /web2: begun\n/);
  while (!(await ask("jobs")).stdout.includes("1 ok, 1 running, 1 pending")) { /* web1 ends */ }
  const now = await ask("job", "last");
  assert.equal(now.stdout, "web2: begun\n");
  assert.match(
    now.stderr,
    /^nanotrigger: running: web2\nnanotrigger: not delivered: db1\nnanotrigger: job continues .*--follow/,
  );
  assert.equal(now.code, 4);
  const { summary } = JSON.parse((await ask("job", "last", "-j")).stdout);
  assert.deepEqual(summary.underWay, ["db1", "web2"]);
  const cancelled = await ask("cancel", "last");
  assert.deepEqual([cancelled.code, cancelled.stdout.split("\n").sort()], [0, [
    "",
    "db1: not run: cancelled before delivery",
    "web1: already ended",
    "web2: cancelled",
  ]]);
  const { code, stderr } = await run.ended();
  assert.equal(code, 6);
  assert.match(stderr, /web2: cancelled\n/);
  const again = await ask("cancel", "last");
  assert.match(again.stderr, /^nanotrigger: job [0-9a-f]{8} has already ended\n$/);
  assert.deepEqual([again.code, again.stdout], [0, ""]);
});

Deno.test("a job is left to the hub, and runs on hosts that come in time", E2E, async () => {
  await using place = await openHubInstallation();
  const { here, ask } = place;
  await using _web1 = await here.agent("web1");
  // An agent refuses what was signed before its journal began.
  for (const name of ["web2", "web3"]) await (await here.agent(name))[Symbol.asyncDispose]();
  const args = ["-w", "web[1-2]", "--async", "--queue-for", "1h", "--", "echo", "later"];
  const { code, stdout, stderr } = await ask("run", ...args);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^[0-9a-f]{32}\n$/);
  const id = stdout.trim();
  const short = ["-w", "web3", "--async", "--queue-for", "1s", "--", "echo", "late"];
  const missed = (await ask("run", ...short)).stdout.trim();
  assert.match(
    (await ask("why", "web2", id)).stdout,
    /\ndelivered: not yet, queued for another 59m\d+s\n/,
  );
  const { stderr: ended } = await ask("job", missed, "--follow");
  assert.equal(ended, "nanotrigger: web3: expired: not delivered\n");
  await using _web3 = await here.agent("web3");
  await using following = here.start("trigger", ["job", id, "--follow", ...place.options]);
  await following.says("stdout", /web1: later\n/);
  await using _web2 = await here.agent("web2");
  const followed = await following.ended();
  assert.deepEqual([followed.code, followed.stderr], [0, ""]);
  assert.deepEqual(followed.stdout.split("\n").sort(), ["", "web1: later", "web2: later"]);
  assert.equal((await ask("job", missed)).stdout, "");
});

/** Runs on the host until there is a file `go`. */
function untilFile(home: string): string {
  return `echo begun; until [ -e ${home}/go ]; do sleep 0.05; done; echo done`;
}

Deno.test("a job is left while it runs, and goes on", E2E, async () => {
  await using place = await openHubInstallation();
  const { here, ask, options } = place;
  await using _web1 = await here.agent("web1");
  const args = ["run", ...options, "-w", "web1", "--shell", untilFile(here.home)];
  await using run = here.start("trigger", args);
  await run.says("stdout", /web1: begun/);
  run.kill("SIGQUIT");
  const { code, stdout, stderr } = await run.ended();
  assert.deepEqual([code, stdout], [4, "web1: begun\n"]);
  const lines =
    /^nanotrigger: running: web1\nnanotrigger: job continues at the hub; show it again: nanotrigger job (\S+) --follow/;
  const [, id = ""] = lines.exec(stderr) ?? [];
  await Deno.writeTextFile(`${here.home}/go`, "");
  const followed = await ask("job", id, "--follow");
  assert.deepEqual([followed.code, followed.stdout], [0, "web1: begun\nweb1: done\n"]);
});

Deno.test(`with a hub, Ctrl-C says which job it is ${TMUX.needs}`, ON_TERMINAL, async () => {
  await using place = await openHubInstallation();
  const { here, options } = place;
  await using _web1 = await here.agent("web1");
  const args = ["run", ...options, "-w", "web1", "--shell", untilFile(here.home)];
  const line = shellLine(here.words("trigger", args));
  await using terminal = new TmuxTerminal(line, { env: here.environment() });
  await terminal.shows(/web1: begun/);
  await terminal.press("C-c");
  await terminal.shows(
    /nanotrigger: job [0-9a-f]{8}: 0 of 1 host done\nnanotrigger: running: web1\n/,
  );
  await terminal.shows(/nanotrigger: press Ctrl-\\ to leave the job to the hub$/m);
  await Deno.writeTextFile(`${here.home}/go`, "");
  await terminal.shows(/web1: done\nstatus 0$/);
});

Deno.test("--async is refused where no hub goes on by itself", E2E, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  const { code, stdout, stderr } = await here.trigger("run", "-w", "web1", "--async", "--", "true");
  assert.deepEqual([code, stdout, stderr.split("\n")], [1, "", [
    "nanotrigger: error: --async needs a running hub",
    "nanotrigger: hint: start a hub with nanotrigger hub, or name one with --hub URL",
    "",
  ]]);
  const jobs = await here.trigger("jobs");
  assert.match(
    jobs.stderr,
    /^nanotrigger: error: no hub runs on this machine\nnanotrigger: hint: /,
  );
});

interface JsonRow {
  readonly host: string;
  readonly code: number;
}

interface HostRow {
  readonly host: string;
  readonly state: string;
}
