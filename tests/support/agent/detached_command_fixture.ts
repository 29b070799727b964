/**
 * A detached command without an agent: started, left alone and resumed in this process with
 * `DetachedCommandFixture`.
 * @module
 */
import assert from "node:assert/strict";
import { AGENT_STOPPING } from "../../../lib/agent/exec/stopping.ts";
import type { ExecEnd, ExecEvent } from "../../../lib/agent/exec/command.ts";
import { detectHostTools } from "../../../lib/agent/os/host_tools.ts";
import { type DetachSupport, resumeDetached } from "../../../lib/agent/detached/detach.ts";
import { newRequestId } from "../../../lib/envelope/statements/body_fields.ts";
import { start } from "./run_command.ts";

/** A folder for one job. */
export class DetachedCommandFixture implements AsyncDisposable {
  /** The id of the job. */
  readonly job: string = newRequestId();
  readonly #path = Deno.makeTempDirSync({ dir: "/tmp", prefix: "nanoexec_survive_" });
  #supervisor: number | undefined;

  /** Creates the folder. */
  constructor() {
    Deno.mkdirSync(this.folder);
  }

  /** The folder of the supervisor. */
  get folder(): string {
    return `${this.#path}/${this.job}`;
  }

  /** Records the supervisor's process id, before a test overwrites its file. */
  noteSupervisor(): void {
    try {
      this.#supervisor = Number.parseInt(Deno.readTextFileSync(`${this.folder}/keeper`));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** The support that `runCommand` needs. */
  get detachSupport(): DetachSupport {
    return { store: { folderOf: (id) => `${this.#path}/${id}` } };
  }

  /** Starts a command; returns its events. */
  async begin(
    line: string,
    signal: AbortSignal = new AbortController().signal,
    timeoutMs = 20_000,
  ): Promise<AsyncGenerator<ExecEvent, void, void>> {
    const { events } = await start({ kind: "shell", command: line, survive: true, timeoutMs }, {
      ...{ job: this.job, detachSupport: this.detachSupport, signal },
    });
    return events;
  }

  /** Resumes it as a new process does; resolves with its output and its end. */
  async resume(options: { timeoutMs?: number; maxOutput?: number } = {}): Promise<{
    readonly said: string;
    readonly end: ExecEnd;
  }> {
    const { timeoutMs = 20_000, maxOutput = 1024 * 1024 } = options;
    const events = resumeDetached(
      { id: this.job, digest: "", signers: [], rule: "", timeoutMs, maxOutput },
      {
        host: await detectHostTools(),
        ...this.detachSupport,
        scripts: { clearOne: () => Promise.resolve() },
        signal: new AbortController().signal,
      },
    );
    let said = "";
    for await (const event of events) {
      if (event.kind === "output") said += new TextDecoder().decode(event.bytes);
      else if (event.kind !== "started") return { said, end: event };
    }
    assert.fail("no end");
  }

  /** Waits for the supervisor's end, and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#supervisor === undefined) this.noteSupervisor();
    if (this.#supervisor !== undefined) await untilGone(this.#supervisor);
    await Deno.remove(this.#path, { recursive: true });
  }
}

/**
 * Waits until no process, not even a zombie, has this id. Its parent has then received its status.
 */
async function untilGone(pid: number): Promise<void> {
  const line = `while kill -0 ${pid} 2>/dev/null; do sleep 0.01; done`;
  await new Deno.Command("/bin/sh", { args: ["-c", line] }).output();
}

/** Takes events until one is of `kind`. */
export async function readUntil<Kind extends ExecEvent["kind"]>(
  events: AsyncGenerator<ExecEvent, void, void>,
  kind: Kind,
): Promise<Extract<ExecEvent, { kind: Kind }>> {
  while (true) {
    const { value, done } = await events.next();
    assert.ok(!done && value, `no ${kind}`);
    if (value.kind === kind) return value as Extract<ExecEvent, { kind: Kind }>;
  }
}

/**
 * Starts a command and leaves it, as a stopping agent does; returns its process id. `line` runs
 * only after that, because a short one could end before.
 */
export async function startDetached(
  fixture: DetachedCommandFixture,
  line: string,
): Promise<number> {
  const closing = new AbortController();
  const wait = `until [ -e '${fixture.folder}.left' ]; do sleep 0.02; done`;
  const events = await fixture.begin(`echo up; ${wait}; ${line}`, closing.signal);
  const { pid } = await readUntil(events, "started");
  await readUntil(events, "output");
  fixture.noteSupervisor();
  closing.abort(AGENT_STOPPING);
  await readUntil(events, "left");
  assert.equal((await events.next()).done, true);
  await Deno.writeTextFile(`${fixture.folder}.left`, "");
  return pid;
}
