/**
 * Where a command goes that may outlive its agent: under systemd into a scope of its own, for to
 * restart the agent's unit ends everything that is in its control group. Needs `--allow-run` for
 * the shell and systemd-run. May import `ask_program.ts` and `exec_host.ts`.
 * @module
 */
import { askProgram, mayRun } from "./ask_program.ts";
import { SHELL } from "./exec_host.ts";

/** What a host offers. */
export interface ScopeHost {
  /** The user id of the agent; `null` where users have no numbers. */
  readonly uid: number | null;
  /** Whether systemd runs the host. */
  readonly systemd: boolean;
  /** Whether the agent's user has a systemd of its own. */
  readonly ofUser: boolean;
  /** The path of `systemd-run`, if the agent may run one. */
  readonly systemdRun: string | undefined;
}

const PATHS: readonly string[] = ["/usr/bin/systemd-run", "/bin/systemd-run"];

const OFFERS = `[ -d "$1" ] && echo systemd
[ -S "/run/user/$2/systemd/private" ] && echo user`;

/** The words that put what follows into the scope `name`; none where there can be no scope. */
export function scopeWords(host: ScopeHost, name: string): readonly string[] {
  const { uid, systemd, ofUser, systemdRun } = host;
  if (!systemd || systemdRun === undefined || uid === null) return [];
  const options = ["--scope", "--quiet", "--collect", `--unit=${name}`, "--"];
  if (uid === 0) return [systemdRun, ...options];
  if (!ofUser) return [];
  return ["/usr/bin/env", `XDG_RUNTIME_DIR=/run/user/${uid}`, systemdRun, "--user", ...options];
}

/** Finds out what this host offers; `folder` is there where systemd runs, as sd_booted(3) has it. */
export async function detectScopeHost(
  uid: number | null,
  { folder = "/run/systemd/system", paths = PATHS }: {
    readonly folder?: string;
    readonly paths?: readonly string[];
  } = {},
): Promise<ScopeHost> {
  const answer = await askProgram([SHELL], ["-c", OFFERS, "sh", folder, String(uid)]);
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
    const tried = await askProgram([first], [...words, SHELL, "-c", ":"]).catch(() => undefined);
    if (tried?.code === 0) return { ...found, systemdRun };
  }
  return { ...found, systemdRun: undefined };
}
