/**
 * A command that prints 1 GiB, through a hub that runs by itself: hub, agent and trigger are each to
 * grow by no more than 64 MiB, and it is to take no more than twice as long as through ssh in the same
 * run. Goals: the figures are shown, whatever they are. Needs root and openssh-server.
 *
 *     deno run --allow-all tests/bench/output_bench.ts
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Installation, openInstallation } from "../support/programs/installation.ts";
import { RealProgram } from "../support/programs/real_program.ts";
import { printFigure, timed } from "./support/measurement.ts";
import { figuresOf } from "./support/process_figures.ts";

const GIB = 1024 ** 3;
const PRINT = `head -c ${GIB} /dev/zero`;
const MOST_MIB = 64;

/** What takes part, by its name. */
type Pids = Readonly<Record<"hub" | "agent" | "trigger", number>>;

async function main(): Promise<void> {
  await using here = await openInstallation();
  await here.trigger("key");
  const control = `${here.home}/control.sock`;
  const folders = ["--state", `${here.home}/hub`, "--control", control];
  await using hub = here.start("trigger", ["hub", ...here.listen, ...folders]);
  await hub.says("stdout", /^Listening on /);
  await using agent = await here.agent("web1");
  const run = (command: string) => runOnce(here, control, command, { hub, agent });
  const idle = await run("true");
  const { peaks, ms } = await run(PRINT);
  for (const name of ["hub", "agent", "trigger"] as const) {
    const what = `a command that prints 1 GiB: the ${name} grows by`;
    const measured = peaks[name] - idle.peaks[name];
    printFigure({ what, target: MOST_MIB, measured, unit: "MiB" });
  }
  console.log(`it takes ${ms.toFixed(0)} ms`);
  const ssh = await sshMs(here);
  const what = "a command that prints 1 GiB: time, beside ssh";
  printFigure({ what, target: 2, measured: ms / ssh, unit: "×" });
}

/** Runs `command` on web1, and tells how much memory each took at most, in MiB. */
async function runOnce(
  here: Installation,
  control: string,
  command: string,
  { hub, agent }: { readonly hub: RealProgram; readonly agent: RealProgram },
): Promise<{ readonly peaks: Pids; readonly ms: number }> {
  const args = ["run", "--hub", `ipc://${control}`, "-w", "web1", "-N", "--shell", command];
  const words = ["/bin/sh", "-c", '"$@" | wc -c', "sh", ...here.words("trigger", args)] as const;
  let trigger = 0;
  const ms = await timed(async () => {
    await using program = new RealProgram(words, { env: here.environment() });
    const ended = program.ended();
    trigger = await peakOfChild(program.pid, ended);
    const { stdout } = await ended;
    assert.equal(Number(stdout), command === PRINT ? GIB : 0);
  });
  const peak = ({ pid }: RealProgram) => figuresOf(pid).peak;
  return { peaks: { hub: peak(hub), agent: peak(agent), trigger }, ms };
}

/** The most memory that the child of the shell `pid` is seen to take until `ended`, in MiB. */
async function peakOfChild(pid: number, ended: Promise<unknown>): Promise<number> {
  let [most, over] = [0, false];
  void ended.finally(() => over = true);
  while (!over) {
    const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`).catch(() => "");
    for (const child of children.trim().split(" ")) most = Math.max(most, peakNow(Number(child)));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return most;
}

function peakNow(pid: number): number {
  try {
    return figuresOf(pid).peak || 0;
  } catch {
    return 0; // it has ended
  }
}

/** How long the same takes through an sshd of its own on this machine. */
async function sshMs({ home }: Installation): Promise<number> {
  const key = `${home}/ssh_key`;
  await shell(
    'mkdir -p /run/sshd && ssh-keygen -q -t ed25519 -N "" -f "$1" && cp "$1.pub" "$1.known"',
    key,
  );
  const using = [
    "-o",
    "StrictModes=no",
    "-o",
    `AuthorizedKeysFile=${key}.known`,
    "-o",
    "UsePAM=no",
  ];
  const port = `${20_000 + (Deno.pid % 20_000)}`;
  const listen = ["-D", "-e", "-f", "/dev/null", "-h", key, "-p", port, ...using];
  await using server = new RealProgram(["/usr/sbin/sshd", ...listen], {
    env: { PATH: "/usr/bin:/bin" },
  });
  await server.says("stderr", /Server listening on/);
  const quiet = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-q"];
  const words = ["ssh", "-F", "none", ...quiet, "-i", key, "-p", port, "root@127.0.0.1", PRINT];
  return await timed(() => shell('test "$("$@" | wc -c)" = ' + GIB, ...words));
}

async function shell(script: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command("sh", { args: ["-c", script, "sh", ...args] })
    .output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}

if (import.meta.main) await main();
