/**
 * The keeper of one command, as its agent and the agent's next process see it: through the folder in
 * which it works, and the process table. Needs read and write permission for the folder, and
 * `--allow-run` for the shell: Deno itself may not read /proc.
 * May import `ask_program.ts`, `exec_host.ts` and `keeper_script.ts`.
 * @module
 */
import { askProgram } from "./ask_program.ts";
import { SHELL } from "./exec_host.ts";
import { START_OF, UPTIME } from "./keeper_script.ts";
import type { Stop } from "./stop_wait.ts";

/** How far a command is, by the files in its folder. */
export type KeptState =
  /** Its keeper may still begin it. */
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
export interface Sighting {
  /** Whether the host was started again since the keeper was. */
  readonly rebooted: boolean;
  /** Whether the keeper lives. */
  readonly keeper: boolean;
  /** Whether the command's first process lives. */
  readonly command: boolean;
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

/** Prints what is true of the sighting, and the age of the command in hundredths of a second. */
// check: process-identity
const LOOK = `${START_OF}${UPTIME}cd "$1" || exit
read -r pid start boot <keeper
read -r now </proc/sys/kernel/random/boot_id
if [ "$now" != "$boot" ]; then echo rebooted; exit; fi
[ "$(start_of "$pid")" = "$start" ] && echo keeper
read -r pid start <command.pid
[ "$(start_of "$pid")" = "$start" ] && echo command
up=$(uptime_now)
echo "age $((\${up#0} - start))"
`;

/** One keeper's folder. */
export class Keeper {
  readonly #folder: string;

  /** Looks into `folder`. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** How far its command is. Throws if that cannot be read. */
  state(): KeptState {
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
  first(): FirstProcess {
    const path = `${this.#folder}/command.pid`;
    const [pid = 0, start = 0] = Deno.readTextFileSync(path).split(" ").map(Number);
    const { mtime } = Deno.statSync(path);
    return { pid, upMs: start * TICK_MS, startMs: Math.trunc(mtime?.getTime() ?? Date.now()) };
  }

  /** Why the command is being ended, if it is. */
  stop(): Stop | undefined {
    const stops = ["timeout", "cancelled"] as const;
    return stops.find((stop) => this.#has(`stop.${stop}`));
  }

  /** The command is about to be ended. Without space for a note a later process calls it a signal. */
  noteStop(stop: Stop): void {
    try {
      Deno.writeTextFileSync(`${this.#folder}/stop.${stop}`, "", { mode: 0o600 });
    } catch {
      // As said.
    }
  }

  /** What went wrong before the command was begun, in the words of the shell. */
  problem(): string {
    const said = ["problem", "said"].map((name) => this.#text(name)).join("").trim();
    return said || "its keeper has ended before";
  }

  /** Looks for its processes; `undefined` if that is not possible now, as for want of processes. */
  async look(): Promise<Sighting | undefined> {
    const answer = await askProgram([SHELL], ["-c", LOOK, "sh", this.#folder])
      .catch(() => undefined);
    const words = answer?.text.split(/\s+/) ?? [];
    const [rebooted, age] = [words.includes("rebooted"), words.indexOf("age")];
    if (!rebooted && age < 0) return undefined;
    return {
      rebooted,
      keeper: words.includes("keeper"),
      command: words.includes("command"),
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
