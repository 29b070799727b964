/**
 * Puts a detached command into a systemd scope of its own: a restart of the agent's unit ends every
 * process in the unit's control group. Needs `--allow-run` for the shell and systemd-run.
 * @module
 */
import { mayRun, runTool } from "../os/run_tool.ts";
import { SHELL } from "../os/host_tools.ts";

/** What a host offers. */
export interface SystemdSupport {
  /** The user id of the agent; `null` where users have no numbers. */
  readonly uid: number | null;
  /** Whether systemd runs the host. */
  readonly systemd: boolean;
  /** Whether the agent's user has a systemd of its own. */
  readonly ofUser: boolean;
  /** The path of `systemd-run`, if the agent may run one. */
  readonly systemdRun: string | undefined;
}

const SYSTEMD_RUN_PATHS: readonly string[] = ["/usr/bin/systemd-run", "/bin/systemd-run"];

const DETECT_SCRIPT = `[ -d "$1" ] && echo systemd
[ -S "/run/user/$2/systemd/private" ] && echo user`;

/** The words that put what follows into the scope `name`; none where there can be no scope. */
export function scopeWords(host: SystemdSupport, name: string): readonly string[] {
  const { uid, systemd, ofUser, systemdRun } = host;
  if (!systemd || systemdRun === undefined || uid === null) return [];
  const options = ["--scope", "--quiet", "--collect", `--unit=${name}`, "--"];
  if (uid === 0) return [systemdRun, ...options];
  if (!ofUser) return [];
  return ["/usr/bin/env", `XDG_RUNTIME_DIR=/run/user/${uid}`, systemdRun, "--user", ...options];
}

/** Finds out what this host offers; `folder` is there where systemd runs, as sd_booted(3) has it. */
export async function detectSystemd(
  uid: number | null,
  { folder = "/run/systemd/system", paths = SYSTEMD_RUN_PATHS }: {
    readonly folder?: string;
    readonly paths?: readonly string[];
  } = {},
): Promise<SystemdSupport> {
  const answer = await runTool([SHELL], ["-c", DETECT_SCRIPT, "sh", folder, String(uid)]);
  const offers = answer?.text.split("\n") ?? [];
  const ofUser = offers.includes("user");
  const found = { uid, systemd: offers.includes("systemd"), ofUser };
  for (const systemdRun of paths.filter(mayRun)) {
    const [first = "", ...words] = scopeWords(
      { ...found, systemdRun },
      `nanoexec-try-${crypto.randomUUID()}`,
    );
    if (first === "") break;
    // It may be there and yet not be obeyed, as in a container.
    const tried = await runTool([first], [...words, SHELL, "-c", ":"]).catch(() => undefined);
    if (tried?.code === 0) return { ...found, systemdRun };
  }
  return { ...found, systemdRun: undefined };
}
