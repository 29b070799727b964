/**
 * Records on disk which scripts are in files: one small file per script in the agent's state
 * folder. The next start removes the scripts that a crash left.
 * @module
 */

import type { HostTools } from "../os/host_tools.ts";
import { resolveRunAs } from "./run_as.ts";
import { removeScript, type ScriptRecords } from "./script.ts";
import { setprivWords } from "./launch.ts";

/** Notes in a folder of their own. */
export class ScriptStore implements ScriptRecords {
  readonly #path: string;

  /** Keeps its records in the folder at `path`, making it if it is not there. */
  constructor(path: string) {
    this.#path = path;
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  }

  /** Adds a record; it is on disk when this returns. */
  add(job: string, user: string | undefined): void {
    using file = Deno.openSync(this.#of(job), { createNew: true, write: true, mode: 0o600 });
    file.writeSync(new TextEncoder().encode(user ?? ""));
    file.syncSync();
  }

  /** Removes a record, if it is there. */
  remove(job: string): void {
    try {
      Deno.removeSync(this.#of(job));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Removes the scripts of an earlier process, except those of `kept` requests. */
  async clear(host: HostTools, kept: ReadonlySet<string> = new Set()): Promise<void> {
    for (const { name: job } of [...Deno.readDirSync(this.#path)]) {
      if (!kept.has(job)) await this.clearOne(job, host);
    }
  }

  /** Removes the script of `job`, if it has a record. */
  async clearOne(job: string, host: HostTools): Promise<void> {
    const recorded = this.#read(job);
    if (recorded === undefined) return;
    const user = recorded || undefined;
    const runAs = await resolveRunAs(user, host);
    // Of a user who is gone nothing can be removed in his name; his files are for whoever tidies up.
    if (runAs.kind === "failed") return this.remove(job);
    const asUser = setprivWords(host, runAs.setprivOptions);
    await removeScript({ job, user, asUser, records: this });
  }

  #read(job: string): string | undefined {
    try {
      return Deno.readTextFileSync(this.#of(job));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  #of(job: string): string {
    return `${this.#path}/${job}`;
  }
}
