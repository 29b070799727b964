/**
 * `nanoexec audit verify [FILE]`: checks the hash chain of an audit log.
 * @module
 */
import { findHostName } from "../../agent/hostname.ts";
import { verifyAudit } from "../../agent/records/audit_log.ts";
import { UserError } from "../../base/errors.ts";
import { EXIT_ERROR } from "../process/exit_code.ts";
import { readNamedFile } from "../files/input_file.ts";
import type { AuditVerifyOptions } from "./audit_verify_options.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Reports whether the hash chain of the log is intact. The exit status is 1 if it is not. */
export async function verifyAuditFile(
  { file, state }: AuditVerifyOptions,
  terminal: Terminal,
): Promise<number> {
  const path = file ?? `${state ?? await defaultState()}/audit.jsonl`;
  const hint = "name the file, or the state folder of the agent with --state";
  const log = new TextDecoder().decode(await readNamedFile("audit log", path, { hint }));
  const verdict = verifyAudit(log);
  if (verdict.kind === "intact") {
    await terminal.print(`${path}: intact, ${verdict.lines} lines, head ${verdict.head}`);
    return 0;
  }
  terminal.error(`${path}: line ${verdict.line}: ${verdict.reason}`);
  return EXIT_ERROR;
}

async function defaultState(): Promise<string> {
  const { stateFolder: state } = findInstallationPaths();
  if (state !== undefined) return `${state}/agents/${await findHostName()}`;
  throw new UserError("no default state folder: HOME is not set", {
    hint: "name the audit log: nanoexec audit verify FILE",
  });
}
