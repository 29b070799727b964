/**
 * 1 GiB copied to ten agents on this machine, beside ten times `cp` and `sync` in the same run: at
 * most twice as long. And 1 GiB on the standard input of a command, which is to let queue and agent
 * grow by no more than 64 MiB each. Both are goals: the figures are shown, whatever they are. The
 * agents run in mount namespaces of their own, so that one path is ten folders: needs root, and 21
 * GiB of disk.
 *
 *     deno task bench tests/bench/copy_bench.ts
 *
 * @module
 */
import assert from "node:assert/strict";
import { type Installation, openInstallation } from "../support/programs/installation.ts";
import { RealProgram } from "../support/programs/real_program.ts";

const GIB = 1024 ** 3;
const NAMES = Array.from({ length: 10 }, (_, index) => `web${index + 1}`);
const ignore = Deno.build.os !== "linux" || Deno.uid() !== 0;
const ONCE = { n: 1, warmup: 0, ignore };

/** Resident memory of the queue and of one agent, in KiB. */
interface Memory {
  readonly hub: number;
  readonly agent: number;
}

/** Ten agents, a file, and a folder that is another one for each of them. */
class Scene {
  readonly here: Installation;
  readonly file: string;
  readonly dest: string;
  readonly agents: RealProgram[] = [];
  /** What both sides take for a command that does nothing, in KiB. */
  idle: Memory = { hub: 0, agent: 0 };

  constructor(here: Installation) {
    this.here = here;
    this.file = `${here.home}/blob`;
    this.dest = `${here.home}/dest`;
  }

  folderOf(name: string): string {
    return `${this.here.home}/on_${name}`;
  }

  async open(): Promise<this> {
    await this.here.trigger("key");
    await shell('head -c "$2" /dev/urandom >"$1" && mkdir "$3"', this.file, `${GIB}`, this.dest);
    for (const name of NAMES) this.agents.push(await this.#agent(name));
    this.idle = await this.trigger(
      "run",
      "-w",
      "web[1-10]",
      ...this.here.listen,
      "--",
      "sleep",
      "1",
    );
    return this;
  }

  async #agent(name: string): Promise<RealProgram> {
    await Deno.mkdir(this.folderOf(name));
    const args = ["--hostname", name, "--state", this.here.stateOf(name), this.here.url];
    const agent = new RealProgram([
      ...["unshare", "--mount", "sh", "-c", 'mount --bind "$1" "$2" && shift 2 && exec "$@"', "sh"],
      ...[this.folderOf(name), this.dest],
      ...this.here.words("exec", args),
    ] as [string, ...string[]], { env: this.here.environment() });
    await agent.says("stdout", /^Filtering on hostname: .*\n/);
    return agent;
  }

  /** Runs `nanotrigger` to its end; resolves with the most memory that it and an agent took. */
  async trigger(...args: readonly string[]): Promise<Memory> {
    const trigger = this.here.start("trigger", [...args]);
    const most = { hub: 0, agent: 0 };
    let over = false;
    const ended = trigger.ended().finally(() => over = true);
    while (!over) {
      most.hub = Math.max(most.hub, await memoryOf(trigger.pid));
      most.agent = Math.max(most.agent, await memoryOf(this.agents[0]?.pid ?? 0));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
    return most;
  }

  /** By how much that is more than a command takes that does nothing. */
  grown({ hub, agent }: Memory): Memory {
    return { hub: hub - this.idle.hub, agent: agent - this.idle.agent };
  }

  /** Ends the agents; nothing can be waited for any more. */
  close(): void {
    this.agents.forEach((agent) => agent.kill("SIGKILL"));
    new Deno.Command("rm", { args: ["-rf", this.here.home] }).outputSync();
  }
}

const scene = ignore ? undefined : await new Scene(await openInstallation()).open();
globalThis.addEventListener("unload", () => scene?.close());

Deno.bench("cp and sync, ten times", {
  ...ONCE,
  group: "1 GiB to 10 hosts",
  baseline: true,
}, async (b) => {
  assert.ok(scene);
  const places = NAMES.map((name) => `${scene.folderOf(name)}/cp`);
  b.start();
  await shell(
    'from=$1; shift; for to; do cp "$from" "$to" && sync "$to"; done',
    scene.file,
    ...places,
  );
  b.end();
  await shell('rm "$@"; sync', ...places);
});

Deno.bench("nanotrigger copy", { ...ONCE, group: "1 GiB to 10 hosts" }, async (b) => {
  assert.ok(scene);
  b.start();
  const most = await scene.trigger(
    ...["copy", "-w", "web[1-10]", ...scene.here.listen, "--dest", `${scene.dest}/`, scene.file],
  );
  b.end();
  tell("copy", scene.grown(most));
  await shell('cmp "$1" "$2"', scene.file, `${scene.folderOf("web10")}/blob`);
  await shell('rm "$@"; sync', ...NAMES.map((name) => `${scene.folderOf(name)}/blob`));
});

Deno.bench("cat | wc -c", { ...ONCE, group: "1 GiB to a command", baseline: true }, async () => {
  assert.ok(scene);
  await shell('cat "$1" | wc -c', scene.file);
});

Deno.bench("nanotrigger run --stdin", { ...ONCE, group: "1 GiB to a command" }, async () => {
  assert.ok(scene);
  const most = await scene.trigger(
    ...["run", "-w", "web1", ...scene.here.listen, "--stdin", scene.file, "--", "wc", "-c"],
  );
  tell("run --stdin", scene.grown(most));
});

function tell(
  what: string,
  { hub, agent }: Memory,
): void {
  const mib = (kib: number) => Math.round(kib / 1024);
  console.log(`${what}: the queue grew by ${mib(hub)} MiB, an agent by ${mib(agent)} MiB`);
}

/** The resident memory of a process, in KiB. */
async function memoryOf(pid: number): Promise<number> {
  const args = ["-o", "rss=", "-p", `${pid}`];
  const { stdout } = await new Deno.Command("ps", { args }).output();
  return Number(new TextDecoder().decode(stdout));
}

async function shell(script: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command("sh", { args: ["-c", script, "sh", ...args] })
    .output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
}
