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
import type { StopReason } from "../exec/stop_reason.ts";
import { SHELL } from "../os/host_tools.ts";
import { runTool } from "../os/run_tool.ts";

/** What a supervisor works with. */
export interface SupervisorPlan {
  /** Its folder. */
  readonly folder: string;
  /** The id of the request: marks the processes of the command, and not the supervisor. */
  readonly job: string;
  /** All words of what is run. */
  readonly words: readonly string[];
  /** Where it is run. */
  readonly cwd: string;
  /** Its environment, without the mark, is the supervisor's too. */
  readonly environment: Readonly<Record<string, string>>;
  /** How many bytes from the beginning of each stream are kept at least. */
  readonly headBytes: number;
  /** How many from its end. */
  readonly tailBytes: number;
}

/** The smallest file of the end of a stream, in bytes: smaller ones cost more processes. */
const MIN_TAIL_BYTES = 1_048_576;

/** When process `$1` was started, in ticks since the host was; fails if there is none, or a dead one. */
// check: dead-process
const START_TIME_FUNCTION: string = `start_of() {
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  set -- \${stat##*) }
  [ "$1" != Z ] && shift 19 && echo "$1"
}
`;

/** How long the host has been up, in the same ticks: hundredths of a second. */
const UPTIME_FUNCTION: string = `uptime_now() {
  read -r up rest </proc/uptime
  echo "\${up%.*}\${up#*.}"
}
`;

/**
 * Each `dd` takes what there is, at most 4 MiB, and begins another file when the one before is large
 * enough. What others write who hold the output open is read for one second after the command's end;
 * then SIGTERM ends all of the supervisor's group but itself, so that no file changes once the end is told.
 * A shell says "Killed" or the like of a command that a signal has ended, which is all that tells it
 * from one that has exited with a code above 128; of SIGINT and SIGPIPE it says nothing.
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

/** Says who it is, and becomes the command if nobody has decided otherwise. */
// check: supervisor-decides
const BEGIN_SCRIPT = `${START_TIME_FUNCTION}echo "$$ $(start_of $$)" >command.pid &&
  cd "$cwd" && mv "$folder/ready" "$folder/running" || exit
`;

/** What shells and systemd-run add to the environment of what they run. */
const ADDED_VARIABLES = ["PWD", "OLDPWD", "SHLVL", "INVOCATION_ID", "XDG_RUNTIME_DIR"] as const;

/** The script of the supervisor itself. It is to lead a session, in its folder. */
export function makeSupervisorScript({ headBytes, tailBytes }: SupervisorPlan): string {
  return `head=${headBytes} tail=${Math.max(tailBytes, MIN_TAIL_BYTES)}\n${SUPERVISE_SCRIPT}`;
}

/** The script that the supervisor runs, which becomes the command. */
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

/** `text` as one word of a shell. */
function quoteShellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** How far a command is, by the files in its folder. */
export type DetachedState =
  /** Its supervisor may still begin it. */
  | { readonly kind: "ready" }
  /** It will not be begun any more. */
  | { readonly kind: "withdrawn" }
  /** It was begun. */
  | { readonly kind: "running" }
  /** It has ended, with this exit code or by the signal of this number. */
  | {
    readonly kind: "exited" | "signalled";
    readonly status: number;
    /** When that was, in milliseconds since the host was started. */
    readonly upMs: number;
  };

/** What the process table says. */
export interface ProcessCheck {
  /** Whether the host was started again since the supervisor was. */
  readonly rebooted: boolean;
  /** Whether the supervisor lives. */
  readonly supervisorAlive: boolean;
  /** Whether the command's first process lives. */
  readonly commandAlive: boolean;
  /** How long ago that was started, in milliseconds. */
  readonly elapsedMs: number;
}

/** The first process of a command. */
export interface FirstProcess {
  /** Its id, and that of its group. */
  readonly pid: number;
  /** When it was started, in milliseconds since the host was. */
  readonly upMs: number;
  /** The same by the wall clock of that moment, in milliseconds since 1970. */
  readonly startMs: number;
}

/** What Linux counts process times in. */
const TICK_MS = 10;

/** Prints what the process table says, and the age of the command in hundredths of a second. */
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

/** One supervisor's folder. */
export class Supervisor {
  readonly #folder: string;

  /** Looks into `folder`. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** How far its command is. Throws if that cannot be read. */
  state(): DetachedState {
    for (const { name } of Deno.readDirSync(this.#folder)) {
      const [kind = "", status, ticks] = name.split(".");
      if (kind === "ready" || kind === "running" || kind === "withdrawn") return { kind };
      if (kind !== "exited" && kind !== "signalled") continue;
      return { kind, status: Number(status), upMs: Number(ticks) * TICK_MS };
    }
    return { kind: "withdrawn" };
  }

  /** Has the command not begun; says whether it was not. */
  withdraw(): boolean {
    try {
      Deno.renameSync(`${this.#folder}/ready`, `${this.#folder}/withdrawn`);
      return true;
    } catch {
      return this.state().kind === "withdrawn";
    }
  }

  /** The command's first process; there once it was begun. */
  firstProcess(): FirstProcess {
    const path = `${this.#folder}/command.pid`;
    const [pid = 0, start = 0] = Deno.readTextFileSync(path).split(" ").map(Number);
    const { mtime } = Deno.statSync(path);
    return { pid, upMs: start * TICK_MS, startMs: Math.trunc(mtime?.getTime() ?? Date.now()) };
  }

  /** Why the command is being ended, if it is. */
  stopReason(): StopReason | undefined {
    const stops = ["timeout", "cancelled"] as const;
    return stops.find((stop) => this.#has(`stop.${stop}`));
  }

  /** The command is about to be ended. Without space for this file a later process calls it a signal. */
  recordStop(stop: StopReason): void {
    try {
      Deno.writeTextFileSync(`${this.#folder}/stop.${stop}`, "", { mode: 0o600 });
    } catch {
      // As said.
    }
  }

  /** What went wrong before the command was begun, in the words of the shell. */
  startProblem(): string {
    const said = ["problem", "said"].map((name) => this.#text(name)).join("").trim();
    return said || "its keeper has ended before";
  }

  /** Looks for its processes; `undefined` if that is not possible now, as for want of processes. */
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
