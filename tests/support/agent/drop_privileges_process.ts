/**
 * A process that only drops privileges: `drop_privileges_process.ts USER [wait]`. Prints one line
 * of JSON, a `DropPrivilegesReport`, and ends with code 7; with `wait`, not before a SIGTERM.
 * @module
 */

import { dirname } from "node:path";
import { dropPrivileges } from "../../../lib/agent/os/drop_privileges.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { permissionFlags } from "../../../lib/cli/sandbox/permissions.ts";

/** The report of the process. */
export type DropPrivilegesReport =
  /** It runs as the user; `status` is that of proc(5). */
  | {
    readonly kind: "ready";
    readonly status: string;
    readonly home: string | undefined;
    /** The value of a variable of the starting process, if it has leaked. */
    readonly leaked: string | undefined;
  }
  /** It was the waiting process; `run` is its remaining permission to run programs. */
  | { readonly kind: "ended"; readonly run: Deno.PermissionState }
  | { readonly kind: "refused"; readonly message: string; readonly hint: string };

/** Returns the words that start it, with the permissions of an agent. */
export function dropPrivilegesWords(...args: readonly string[]): readonly [string, ...string[]] {
  const script = new URL(import.meta.url).pathname;
  return [
    Deno.execPath(),
    "run",
    "--quiet",
    "--cached-only",
    ...permissionFlags("exec", {}),
    script,
    ...args,
  ];
}

/**
 * Whether every user can read Deno and the sources. When root runs the tests by `npx`, Deno lies
 * below root's home, which is closed to others.
 */
export function isReachable(): boolean {
  const folder = dirname(new URL(import.meta.url).pathname);
  return [Deno.execPath(), folder].flatMap(withFoldersAbove)
    .every((path) => ((Deno.statSync(path).mode ?? 0) & 0o001) !== 0);
}

/** Returns `/a/b`, `/a` and `/` for `/a/b`. */
function withFoldersAbove(path: string): string[] {
  return path === "/" ? [path] : [path, ...withFoldersAbove(dirname(path))];
}

async function report(user: string): Promise<{ report: DropPrivilegesReport; code: number }> {
  try {
    const outcome = await dropPrivileges(user, { self: dropPrivilegesWords(...Deno.args) });
    if (outcome.kind === "ended") {
      const run = Deno.permissions.querySync({ name: "run" }).state;
      return { report: { kind: "ended", run }, code: outcome.code };
    }
    const { stdout } = await new Deno.Command("/bin/cat", { args: [`/proc/${Deno.pid}/status`] })
      .output();
    const status = new TextDecoder().decode(stdout);
    return {
      report: { kind: "ready", status, home: Deno.env.get("HOME"), leaked: Deno.env.get("TZ") },
      code: 7,
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { report: { kind: "refused", message: error.message, hint: error.hint ?? "" }, code: 1 };
  }
}

if (import.meta.main) {
  const [user = "", wait] = Deno.args;
  const { promise: terminated, resolve } = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGTERM", () => resolve());
  const { report: said, code } = await report(user);
  console.log(JSON.stringify(said));
  if (wait !== undefined && said.kind === "ready") await terminated;
  Deno.exit(code);
}
