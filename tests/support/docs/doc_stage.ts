/**
 * The machines of a page of the documentation: the operator's and a folder for each host, all on
 * this machine, with the real programs.
 *
 * Commands are typed as in the page. `nanotrigger` finds the hub or the free port of the stage,
 * `nanoexec` the name and folders of its host; `tcp://master.example.com:4444`, `/etc/nanoexec`,
 * `/var/lib/nanoexec` and `/srv` stand for their places on the stage, in output as well. `fake NAME LINE` in a
 * setup line makes a program that `run … -- NAME` starts on hosts.
 * @module
 */
import { type Installation, openInstallation } from "../programs/installation.ts";

/** The output of a command. */
export interface StageOutput {
  /** The exit status. */
  readonly code: number;
  /** Both streams, as a terminal shows them. */
  readonly lines: readonly string[];
}

/** A process in the background. */
interface Background {
  readonly machine: string;
  readonly child: Deno.ChildProcess;
  readonly reading: Promise<void>;
}

const QUEUE = "tcp://master.example.com:4444";

const TRIGGER = `#!/bin/sh
# Adds the queue of the stage, and starts the stage's programs on hosts.
more=
if [ -S "$STAGE/hub/control.sock" ]; then more="--hub ipc://$STAGE/hub/control.sock"; fi
case " $* " in *" --hub"*|*" --listen"*|*" --help "*) more=-;; esac
case $1 in
  hub) more="--state $STAGE/hub --listen $STAGE_URL" ;;
  job|jobs|cancel|why|hosts) ;;
  run|shell|confirm|copy|fetch|send|ping|-*) more=\${more:---listen $STAGE_URL} ;;
  *) more=- ;;
esac
if [ "$more" = - ]; then more=; fi
words=$1
case $1 in -*) words= ;; hosts) [ "$2" != forget ] || words="hosts forget" ;; esac
for _ in $words; do shift; done
count=$# after=
while [ "$count" -gt 0 ]; do
  word=$1
  shift
  count=$((count - 1))
  if [ "$after" = 1 ] && [ -x "$STAGE/fake/$word" ]; then word=$STAGE/fake/$word; fi
  after=
  if [ "$word" = -- ]; then after=1; fi
  set -- "$@" "$word"
done
exec $STAGE_TRIGGER $words $more "$@"
`;

const EXEC = `#!/bin/sh
# Adds the name and the folders of the host.
case $1 in
  audit) shift 2; exec $STAGE_EXEC audit verify --state "$STAGE/state/$STAGE_HOST" "$@" ;;
  check) shift; exec $STAGE_EXEC check --hostname "$STAGE_HOST" "$@" ;;
  help|man|completion|--help|--version) exec $STAGE_EXEC "$@" ;;
esac
exec $STAGE_EXEC --hostname "$STAGE_HOST" --state "$STAGE/state/$STAGE_HOST" "$@"
`;

const FAKE = `#!/bin/sh
mkdir -p "$STAGE/fake"
printf '#!/bin/sh\\n%s\\n' "$2" >"$STAGE/fake/$1"
chmod 755 "$STAGE/fake/$1"
`;

/** The machines of a page. Disposing them ends all processes and removes all files. */
export class DocStage implements AsyncDisposable {
  readonly #here: Installation;
  readonly #background: Background[] = [];
  #status = 0;

  /** Use {@linkcode openStage} instead. */
  constructor(here: Installation) {
    this.#here = here;
  }

  /** Writes the programs, and makes the operator's key. */
  async prepare(): Promise<void> {
    for (const name of ["bin", "srv"]) await Deno.mkdir(`${this.#here.home}/${name}`);
    for (const [name, text] of [["nanotrigger", TRIGGER], ["nanoexec", EXEC], ["fake", FAKE]]) {
      await Deno.writeTextFile(`${this.#here.home}/bin/${name}`, text ?? "", { mode: 0o755 });
    }
    await this.run("", "nanotrigger key >key.pub");
  }

  /** Starts `hub` or `agents NAME…`. */
  async start(what: string): Promise<void> {
    const [kind, ...names] = what.trim().split(/\s+/);
    if (kind === "hub") await this.run("", "nanotrigger hub &");
    else if (kind === "agents") {
      for (const name of names) await this.run(name, `nanoexec ${QUEUE} &`);
      await this.#attached(names);
    } else if (kind !== "operator") throw new SyntaxError(`unknown stage: ${what}`);
  }

  /** Runs a line of shell on a machine. With `&` at its end, only until its first output. */
  async run(machine: string, line: string): Promise<StageOutput> {
    await this.#prepareHost(machine);
    const background = /^(.*) &$/.exec(line)?.[1];
    if (background !== undefined) return await this.#startInBackground(machine, background);
    const [, act, unit] = /^systemctl (stop|reload) (nanoexec|nanotrigger-hub)$/.exec(line) ?? [];
    if (act === "stop") await this.#stop(unit === "nanoexec" ? machine : "");
    if (act === "reload") await this.#reload(unit === "nanoexec" ? machine : "");
    if (act !== undefined) return { code: 0, lines: [] };
    const child = this.#spawn(machine, `(exit ${this.#status}); ${line}`);
    const text = await new Response(child.stdout).text();
    this.#status = (await child.status).code;
    return { code: this.#status, lines: this.#shown(machine, text) };
  }

  /** Writes a file of a machine. */
  async write(machine: string, path: string, text: string): Promise<void> {
    await this.#prepareHost(machine);
    const real = this.#real(machine, path).replace("~", this.#home(machine));
    await Deno.mkdir(real.slice(0, real.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(real, text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
  }

  /** Ends all processes and removes all files. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#background) kill(child, "SIGTERM");
    for (const { child, reading } of this.#background) await Promise.all([child.status, reading]);
    await this.#here[Symbol.asyncDispose]();
  }

  /** Makes the home of a host, which trusts the operator. */
  async #prepareHost(machine: string): Promise<void> {
    const home = this.#home(machine);
    if (isOperator(machine) || await isThere(home)) return;
    await Deno.mkdir(`${home}/.config/nanoexec`, { recursive: true, mode: 0o700 });
    await Deno.copyFile(`${this.#here.home}/key.pub`, `${home}/.config/nanoexec/trusted_keys`);
    await Deno.chmod(`${home}/.config/nanoexec/trusted_keys`, 0o600);
  }

  /** Waits until a hub, if one runs, has these agents. */
  async #attached(names: readonly string[]): Promise<void> {
    if (!await isThere(`${this.#here.home}/hub/control.sock`)) return;
    await this.run("", `nanotrigger ping -w ${names.join(",")} -t 30 >/dev/null 2>&1`);
    this.#status = 0;
  }

  async #startInBackground(machine: string, line: string): Promise<StageOutput> {
    const child = this.#spawn(machine, `exec ${line}`);
    const log = await Deno.open(this.#logOf(machine), { create: true, append: true });
    const first = Promise.withResolvers<string>();
    const reading = copyLines(child.stdout, log, first.resolve);
    this.#background.push({ machine: isOperator(machine) ? "" : machine, child, reading });
    return { code: 0, lines: this.#shown(machine, await first.promise) };
  }

  /** Stops the processes of a machine, as its supervisor does. */
  async #stop(machine: string): Promise<void> {
    const running = this.#runningOn(machine);
    for (const { child } of running) kill(child, "SIGTERM");
    for (const { child, reading } of running) await Promise.all([child.status, reading]);
  }

  /** Has the processes of a machine read their trust files again. */
  async #reload(machine: string): Promise<void> {
    const log = this.#logOf(machine);
    const before = (await Deno.stat(log)).size;
    for (const { child } of this.#runningOn(machine)) kill(child, "SIGHUP");
    while ((await Deno.stat(log)).size === before) {
      await new Promise((next) => setTimeout(next, 20));
    }
  }

  #runningOn(machine: string): readonly Background[] {
    return this.#background.filter((each) => each.machine === machine);
  }

  #spawn(machine: string, line: string): Deno.ChildProcess {
    return new Deno.Command("/bin/sh", {
      args: ["-c", `exec 2>&1; ${this.#real(machine, line)}`],
      cwd: this.#home(machine),
      clearEnv: true,
      env: this.#environment(machine),
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
  }

  #environment(machine: string): Record<string, string> {
    const run = new URL("../../../scripts/run.ts", import.meta.url).pathname;
    const start = `${Deno.execPath()} run --quiet --allow-read --allow-env --allow-run ${run}`;
    const env = this.#here.environment();
    return {
      ...env,
      PATH: `${this.#here.home}/bin:${env.PATH}`,
      HOME: this.#home(machine),
      NO_COLOR: "1",
      STAGE: this.#here.home,
      STAGE_HOST: machine,
      STAGE_URL: this.#here.url,
      STAGE_LOG: this.#logOf(machine),
      STAGE_EXEC: `${start} exec`,
      STAGE_TRIGGER: `${start} trigger`,
    };
  }

  #home(machine: string): string {
    const { home } = this.#here;
    return isOperator(machine) ? home : `${home}/hosts/${machine}`;
  }

  #logOf(machine: string): string {
    return `${this.#here.home}/${isOperator(machine) ? "hub" : machine}.log`;
  }

  /** Replaces the places of a page by those of the stage. */
  #real(machine: string, text: string): string {
    return this.#places(machine).reduce((all, [page, real]) => all.replaceAll(page, real), text);
  }

  /** Replaces the places of the stage by those of the page. */
  #shown(machine: string, text: string): string[] {
    const { home, url } = this.#here;
    const added = [`${home}/fake/`, ` --listen=${url}`, ` --hub=ipc://${home}/hub/control.sock`];
    const typed = added.reduce((all, each) => all.replaceAll(each, ""), text);
    // The operator's own folder is shown as what it is.
    const known = this.#places(machine).filter(([page]) =>
      !(isOperator(machine) && page === "/etc/nanoexec")
    );
    const places = [
      ...known,
      ["~", this.#home(machine)] as const,
      ["~", home] as const,
    ];
    const all = places.reduce((text, [page, real]) => text.replaceAll(real, page), typed);
    return all === "" ? [] : all.replace(/\n$/, "").split("\n");
  }

  #places(machine: string): (readonly [string, string])[] {
    const state = isOperator(machine)
      ? [["/var/lib/nanoexec/hub", `${this.#here.home}/hub`] as const]
      : [[`/var/lib/nanoexec/agents/${machine}`, this.#here.stateOf(machine)] as const];
    return [
      [QUEUE, this.#here.url],
      ["/srv/", `${this.#here.home}/srv/`],
      ["/etc/nanoexec", `${this.#home(machine)}/.config/nanoexec`],
      ...state,
      ["journalctl -u nanoexec -o cat", `cat ${this.#logOf(machine)} | tail`],
      ["journalctl -u nanotrigger-hub -o cat", `cat ${this.#logOf(machine)} | tail`],
    ];
  }
}

/** Opens the machines of a page. */
export async function openStage(): Promise<DocStage> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(new DocStage(await openInstallation()));
  await stage.prepare();
  stack.move();
  return stage;
}

/** Whether a machine is the operator's: all people share its home. */
function isOperator(machine: string): boolean {
  return ["", "master", "alice", "bob"].includes(machine);
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has ended
  }
}

/** Appends a stream to a file; reports its first line, or all of it if it ends before. */
async function copyLines(
  stream: ReadableStream<Uint8Array>,
  log: Deno.FsFile,
  report: (text: string) => void,
): Promise<void> {
  using _closed = log;
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    await log.write(chunk);
    text += decoder.decode(chunk, { stream: true });
    if (text.includes("\n")) report(text.slice(0, text.indexOf("\n") + 1));
  }
  report(text);
}
