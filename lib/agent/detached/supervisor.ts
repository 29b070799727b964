/**
 * The supervisor of a detached command: a shell script that outlives the agent, and the folder by
 * which agents follow it. The script needs only `/bin/sh` and the basic programs of every host, so
 * it goes on even if the agent's executable is replaced.
 *
 * All of its state is in one folder. `ready` means that the command may be begun. The first process
 * that renames this file decides: the command renames it to `running`, an agent to `withdrawn`.
 * When the command has ended, `running` becomes `exited.CODE.WHEN` or `signalled.NUMBER.WHEN`, in
 * hundredths of a second since the host was booted: a file can be renamed on a full disk, too.
 * `keeper` and `command.pid` identify both processes, so that a later process with the same id is
 * not mistaken for one of them.
 *
 * Output is in files `stdout.OFFSET` and `stderr.OFFSET`, named by their offset in the stream. The
 * first file is kept, and the last two of the others, so that endless output does not fill the
 * disk. On a full disk `+MORE` in the name says how many bytes were dropped after it.
 *
 * Needs read and write permission for the folder, and `--allow-run` for the shell: Deno itself may
 * not read /proc.
 * @module
 */
import { JOB_VARIABLE } from "../exec/environment.ts";
import type { StopReason } from "../exec/stopping.ts";
import { SHELL } from "../os/host_tools.ts";
import { runTool } from "../os/run_tool.ts";

/** The plan for a supervisor. */
export interface SupervisorPlan {
  /** Its folder. */
  readonly folder: string;
  /** The request id. It marks the processes of the command, but not the supervisor. */
  readonly job: string;
  /** The command's words. */
  readonly words: readonly string[];
  /** The command's working folder. */
  readonly cwd: string;
  /** The command's environment. The supervisor has the same one without the mark. */
  readonly environment: Readonly<Record<string, string>>;
  /** The least number of bytes to keep from the start of each stream. */
  readonly headBytes: number;
  /** The least number of bytes to keep from the end of each stream. */
  readonly tailBytes: number;
}

/** The smallest tail file, in bytes. Smaller ones would cost more processes. */
const MIN_TAIL_BYTES = 1_048_576;

/**
 * Prints the start time of process `$1` in ticks since boot; fails if it does not exist or is dead.
 */
// check: dead-process
const START_TIME_FUNCTION: string = `start_of() {
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  set -- \${stat##*) }
  [ "$1" != Z ] && shift 19 && echo "$1"
}
`;

/** Prints the uptime of the host in the same ticks, hundredths of a second. */
const UPTIME_FUNCTION: string = `uptime_now() {
  read -r up rest </proc/uptime
  echo "\${up%.*}\${up#*.}"
}
`;

/**
 * Copies the output to the spool files and records the end. Each `dd` reads what is available, at
 * most 4 MiB. A new file begins when the current one is large enough.
 *
 * Other processes may still hold the output open: it is read for one second after the command's
 * end. SIGTERM then ends the supervisor's group except the supervisor, so that no file changes
 * after the end is recorded.
 *
 * A shell prints "Killed" or the like after a signal, and nothing for SIGINT and SIGPIPE. Nothing
 * else distinguishes a signal from an exit code above 128.
 */
// check: output-bounded
const SUPERVISE_SCRIPT = `${START_TIME_FUNCTION}${UPTIME_FUNCTION}spool() {
  at=0 size=0 old= want=$head file=$1.0
  while :; do
    dd bs=16384 count=256 >>"$file" 2>/dev/null || {
      more=$(wc -c)
      mv "$file" "$file+$((more))"
      return
    }
    now=$(wc -c <"$file")
    [ $((now)) -gt "$size" ] || return
    size=$((now))
    [ "$size" -ge "$want" ] || continue
    [ -z "$old" ] || rm -f "$old"
    [ "$at" -eq 0 ] || old=$file
    at=$((at + size)) size=0 want=$tail file=$1.$at
  done
}
exec 2>problem
trap : TERM
read -r boot </proc/sys/kernel/random/boot_id &&
  echo "$$ $(start_of $$) $boot" >keeper &&
  mkfifo out err || exit
spool stdout <out & out=$!
spool stderr <err & err=$!
exec 3>out 4>err
rm -f out err
{
  (exec ${SHELL} command >&3 2>&4 3>&- 4>&-)
  code=$?
} 2>said
exec 3>&- 4>&-
end=exited.$code
[ "$code" -gt 128 ] && [ -s said ] && end=signalled.$((code - 128))
end=$end.$(uptime_now)
(sleep 1; kill -s TERM 0) &
wait "$out" "$err"
kill -s TERM 0
wait
sync stdout.* stderr.*
mv running "$end"
sync .
`;

/** Records the command's process id and becomes the command, unless it was withdrawn. */
// check: supervisor-decides
const BEGIN_SCRIPT = `${START_TIME_FUNCTION}echo "$$ $(start_of $$)" >command.pid &&
  cd "$cwd" && mv "$folder/ready" "$folder/running" || exit
`;

/** Variables that shells and systemd-run add to the environment. */
const ADDED_VARIABLES = ["PWD", "OLDPWD", "SHLVL", "INVOCATION_ID", "XDG_RUNTIME_DIR"] as const;

/** Returns the script of the supervisor. It must lead a session and run in its folder. */
export function makeSupervisorScript({ headBytes, tailBytes }: SupervisorPlan): string {
  return `head=${headBytes} tail=${Math.max(tailBytes, MIN_TAIL_BYTES)}\n${SUPERVISE_SCRIPT}`;
}

/** Returns the script that the supervisor runs and that becomes the command. */
export function makeCommandScript(
  { folder, job, words, cwd, environment }: SupervisorPlan,
): string {
  const added = ADDED_VARIABLES.filter((name) => !Object.hasOwn(environment, name));
  return [
    `folder=${quoteShellWord(folder)} cwd=${quoteShellWord(cwd)}`,
    `${BEGIN_SCRIPT}unset ${added.join(" ")}`,
    `export ${JOB_VARIABLE}=${quoteShellWord(job)}`,
    `exec ${words.map(quoteShellWord).join(" ")}`,
    "",
  ].join("\n");
}

/** Quotes `text` as one word for a shell. */
function quoteShellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The state of a command, from the files in its folder. */
export type DetachedState =
  /** The supervisor may still start it. */
  | { readonly kind: "ready" }
  /** It will not start any more. */
  | { readonly kind: "withdrawn" }
  /** It has started. */
  | { readonly kind: "running" }
  /** It has ended with this exit code or by this signal. */
  | {
    readonly kind: "exited" | "signalled";
    readonly status: number;
    /** The time of the end, in milliseconds since boot. */
    readonly upMs: number;
  };

/** The result of a look at the process table. */
export interface ProcessCheck {
  /** Whether the host was rebooted since the supervisor started. */
  readonly rebooted: boolean;
  /** Whether the supervisor is alive. */
  readonly supervisorAlive: boolean;
  /** Whether the command's first process is alive. */
  readonly commandAlive: boolean;
  /** The age of the first process, in milliseconds. */
  readonly elapsedMs: number;
}

/** The first process of a command. */
export interface FirstProcess {
  /** Its process id and group id. */
  readonly pid: number;
  /** Its start time, in milliseconds since boot. */
  readonly upMs: number;
  /** Its start time by the wall clock of that moment, in milliseconds since 1970. */
  readonly startMs: number;
}

/** The length of a tick in the process times of Linux. */
const TICK_MS = 10;

/** Prints which processes are alive, and the age of the command in hundredths of a second. */
// check: process-identity
const CHECK_SCRIPT = `${START_TIME_FUNCTION}${UPTIME_FUNCTION}cd "$1" || exit
read -r pid start boot <keeper
read -r now </proc/sys/kernel/random/boot_id
if [ "$now" != "$boot" ]; then echo rebooted; exit; fi
[ "$(start_of "$pid")" = "$start" ] && echo keeper
read -r pid start <command.pid
[ "$(start_of "$pid")" = "$start" ] && echo command
up=$(uptime_now)
echo "age $((\${up#0} - start))"
`;

/** The folder of one supervisor. */
export class Supervisor {
  readonly #folder: string;

  /** Opens `folder`. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Returns the state of the command. Throws if it cannot be read. */
  state(): DetachedState {
    for (const { name } of Deno.readDirSync(this.#folder)) {
      const [kind = "", status, ticks] = name.split(".");
      if (kind === "ready" || kind === "running" || kind === "withdrawn") return { kind };
      if (kind !== "exited" && kind !== "signalled") continue;
      return { kind, status: Number(status), upMs: Number(ticks) * TICK_MS };
    }
    return { kind: "withdrawn" };
  }

  /** Withdraws the command; returns whether it had not started. */
  withdraw(): boolean {
    try {
      Deno.renameSync(`${this.#folder}/ready`, `${this.#folder}/withdrawn`);
      return true;
    } catch {
      return this.state().kind === "withdrawn";
    }
  }

  /** Returns the command's first process. Available once the command has started. */
  firstProcess(): FirstProcess {
    const path = `${this.#folder}/command.pid`;
    const [pid = 0, start = 0] = Deno.readTextFileSync(path).split(" ").map(Number);
    const { mtime } = Deno.statSync(path);
    return { pid, upMs: start * TICK_MS, startMs: Math.trunc(mtime?.getTime() ?? Date.now()) };
  }

  /** Returns why the command is being stopped, if it is. */
  stopReason(): StopReason | undefined {
    const stops = ["timeout", "cancelled"] as const;
    return stops.find((stop) => this.#has(`stop.${stop}`));
  }

  /**
   * Records why the command is about to be stopped. If the disk is full, a later process reports a
   * signal.
   */
  recordStop(stop: StopReason): void {
    try {
      Deno.writeTextFileSync(`${this.#folder}/stop.${stop}`, "", { mode: 0o600 });
    } catch {
      // See above.
    }
  }

  /** Returns the shell's error from before the command started. */
  startProblem(): string {
    const said = ["problem", "said"].map((name) => this.#text(name)).join("").trim();
    return said || "it ended without a message";
  }

  /** Checks the processes; `undefined` if that fails now, for instance at the process limit. */
  async checkProcesses(): Promise<ProcessCheck | undefined> {
    const answer = await runTool([SHELL], ["-c", CHECK_SCRIPT, "sh", this.#folder])
      .catch(() => undefined);
    const words = answer?.text.split(/\s+/) ?? [];
    const [rebooted, age] = [words.includes("rebooted"), words.indexOf("age")];
    if (!rebooted && age < 0) return undefined;
    return {
      rebooted,
      supervisorAlive: words.includes("keeper"),
      commandAlive: words.includes("command"),
      elapsedMs: rebooted ? 0 : Math.max(0, Number(words[age + 1]) * TICK_MS),
    };
  }

  #has(name: string): boolean {
    try {
      return Deno.lstatSync(`${this.#folder}/${name}`).isFile;
    } catch {
      return false;
    }
  }

  #text(name: string): string {
    try {
      return Deno.readTextFileSync(`${this.#folder}/${name}`);
    } catch {
      return "";
    }
  }
}
