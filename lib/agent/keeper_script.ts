/**
 * The shell script that watches over a command which may outlive its agent: its *keeper*. Nothing but
 * `/bin/sh` and the small programs of every host, so that it goes on whatever becomes of the agent's
 * own executable.
 *
 * All that it knows is in one folder. `ready` says that the command may be begun; whoever renames that
 * file first, the command to `running` or an agent to something else, has decided. When the command
 * has ended, `running` becomes `exited.CODE.WHEN` or `signalled.NUMBER.WHEN`, in hundredths of a second
 * since the host was started: a file can be renamed on a full disk, too. `keeper` and `command.pid` tell
 * both processes from others that get their ids later.
 * Output is in files `stdout.OFFSET` and `stderr.OFFSET`, named by where in the stream they begin: the
 * first is kept, of the others the last two, so that a command which prints without end fills no disk.
 * On a full disk `+MORE` in the name says how many bytes were thrown away after it.
 *
 * Pure. May import `environment.ts` and `exec_host.ts`.
 * @module
 */
import { JOB_VARIABLE } from "./environment.ts";
import { SHELL } from "./exec_host.ts";

/** What a keeper works with. */
export interface KeeperPlan {
  /** Its folder. */
  readonly folder: string;
  /** The id of the request: marks the processes of the command, and not the keeper. */
  readonly job: string;
  /** All words of what is run. */
  readonly words: readonly string[];
  /** Where it is run. */
  readonly cwd: string;
  /** Its environment, without the mark, is the keeper's too. */
  readonly environment: Readonly<Record<string, string>>;
  /** How many bytes from the beginning of each stream are kept at least. */
  readonly headBytes: number;
  /** How many from its end. */
  readonly tailBytes: number;
}

/** The smallest file of the end of a stream, in bytes: smaller ones cost more processes. */
const LEAST_TAIL = 1_048_576;

/** When process `$1` was started, in ticks since the host was; fails if there is none, or a dead one. */
// check: dead-process
export const START_OF: string = `start_of() {
  read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
  set -- \${stat##*) }
  [ "$1" != Z ] && shift 19 && echo "$1"
}
`;

/** How long the host has been up, in the same ticks: hundredths of a second. */
export const UPTIME: string = `uptime_now() {
  read -r up rest </proc/uptime
  echo "\${up%.*}\${up#*.}"
}
`;

/**
 * Each `dd` takes what there is, at most 4 MiB, and begins another file when the one before is large
 * enough. What others write who hold the output open is read for one second after the command's end;
 * then SIGTERM ends all of the keeper's group but itself, so that no file changes once the end is told.
 * A shell says "Killed" or the like of a command that a signal has ended, which is all that tells it
 * from one that has exited with a code above 128; of SIGINT and SIGPIPE it says nothing.
 */
// check: output-bounded
const KEEP = `${START_OF}${UPTIME}spool() {
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
const BEGIN = `${START_OF}echo "$$ $(start_of $$)" >command.pid &&
  cd "$cwd" && mv "$folder/ready" "$folder/running" || exit
`;

/** What shells and systemd-run add to the environment of what they run. */
const ADDED_VARIABLES = ["PWD", "OLDPWD", "SHLVL", "INVOCATION_ID", "XDG_RUNTIME_DIR"] as const;

/** The script of the keeper itself. It is to lead a session, in its folder. */
export function keeperScript({ headBytes, tailBytes }: KeeperPlan): string {
  return `head=${headBytes} tail=${Math.max(tailBytes, LEAST_TAIL)}\n${KEEP}`;
}

/** The script that the keeper runs, which becomes the command. */
export function commandScript({ folder, job, words, cwd, environment }: KeeperPlan): string {
  const added = ADDED_VARIABLES.filter((name) => !Object.hasOwn(environment, name));
  return [
    `folder=${quoted(folder)} cwd=${quoted(cwd)}`,
    `${BEGIN}unset ${added.join(" ")}`,
    `export ${JOB_VARIABLE}=${quoted(job)}`,
    `exec ${words.map(quoted).join(" ")}`,
    "",
  ].join("\n");
}

/** `text` as one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
