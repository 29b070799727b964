/**
 * A real hub behind two proxies that lie, real agents, and `nanotrigger` in this process: `await
 * using fixture = await openLyingHub({ seed: 1, rate: 0.1 })`. The agents' own records say what is
 * true; what `nanotrigger` prints and returns is what the operator was told.
 * @module
 */
import { Journal } from "../../../lib/agent/records/journal.ts";
import { concat, decodeUtf8 } from "../../../lib/base/bytes.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { Terminal } from "../../../lib/cli/terminal/terminal.ts";
import { runTriggerProgram } from "../../../lib/cli/trigger_program.ts";
import { printPublicKey } from "../../../lib/envelope/keys/public_key.ts";
import { encodeSecretKey, generateSecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { parseTrustFile } from "../../../lib/envelope/trust/trust_file.ts";
import { type HubDaemon, openHubDaemon } from "../../../lib/hub/hub_daemon.ts";
import { toOperator } from "../../../lib/hub/operators/operator_trust.ts";
import { openHubStore } from "../../../lib/hub/store/hub_store.ts";
import { tcp } from "../../../lib/sp/mod.ts";
import { openSimulatedAgent } from "../agent/simulated_agent.ts";
import { type LiarOptions, LyingHubState } from "./hub_lies.ts";
import { seededRandom } from "./seeded_random.ts";
import { LyingProxy } from "./lying_proxy.ts";
import { Truth } from "./truth.ts";

/** What the operator was told by one command. */
export interface Told {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of the fixture. */
export interface LyingHubOptions
  extends Pick<LiarOptions, "rate" | "only" | "except" | "maxDelayMs"> {
  readonly seed: number;
  /** The names of the agents. */
  readonly nodes: readonly string[];
}

/** The hub, the agents and the operator. */
export class LyingHubFixture implements AsyncDisposable {
  readonly truth: Truth = new Truth();
  /** The lies that were told, and what the hub remembers. */
  readonly lies: LyingHubState;
  readonly #opened = new AsyncDisposableStack();
  readonly #stop = new AbortController();
  /** The pieces of pipes that were not read, by path. */
  readonly #pipes = new Map<string, Uint8Array[]>();
  #url = "";

  constructor({ seed, rate, only, except, maxDelayMs }: Omit<LyingHubOptions, "nodes">) {
    const random = seededRandom(seed);
    const signal = this.#stop.signal;
    this.lies = new LyingHubState({
      random,
      rate,
      maxDelayMs,
      signal,
      ...(only && { only }),
      ...(except && { except }),
      ...(except && { except }),
    });
  }

  /** Opens everything; part of {@linkcode openLyingHub}. */
  async open(nodes: readonly string[]): Promise<void> {
    const home = this.#opened.adopt(
      await Deno.makeTempDir({ prefix: "nanoexec_lying_" }),
      (path) => Deno.remove(path, { recursive: true }),
    );
    const operator = generateSecretKey("ann");
    const trust = [printPublicKey({ key: operator.publicKey, comment: "ann" })];
    const hub = await this.#openHub(trust.join("\n"));
    const port = portOf(hub.dispatcher.urls[0] ?? "");
    const agentSide = this.#opened.use(new LyingProxy(port, this.lies.betweenAgents));
    const operatorSide = this.#opened.use(new LyingProxy(port, this.lies.betweenOperators));
    this.#opened.defer(() => this.#stop.abort());
    this.#url = `tcp://127.0.0.1:${operatorSide.port}`;
    const known: string[] = [];
    for (const name of nodes) {
      const key = generateSecretKey(name);
      known.push(`${name} ${printPublicKey({ key: key.publicKey, comment: "" }).trim()}`);
      const journal = this.#opened.use(new Journal({ path: ":memory:" }));
      this.#opened.use(
        await openSimulatedAgent(name, {
          ...{ url: `tcp://127.0.0.1:${agentSide.port}`, trust, journal, key, slots: 16 },
          execute: this.truth.executeOn(name),
          policy: { resolve: (program) => `/usr/bin/${program}` },
          random: () => 0.01,
        }),
      );
    }
    await writeOperatorFiles(home, { key: encodeSecretKey(operator), known });
    this.#keepPermissions();
    this.#servePipes();
    Deno.env.set("HOME", home);
    Deno.env.delete("XDG_CONFIG_HOME");
    Deno.env.delete("XDG_STATE_HOME");
    for (const { roster } = hub.dispatcher; [...nodes].some((name) => !roster.get(name));) {
      await roster.changed();
    }
  }

  /** Runs `nanotrigger COMMAND --hub URL ARGS…`; `-j` makes stdout one JSON document. */
  async trigger(command: string, ...args: readonly string[]): Promise<Told> {
    const [stdout, stderr] = [new MemoryStream(), new MemoryStream()];
    const terminal = new Terminal({ program: "nanotrigger", stdout, stderr, env: NO_COLORS });
    let status: number;
    try {
      status = await runTriggerProgram([command, "--hub", this.#url, ...args], terminal);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      terminal.error(error instanceof UserError ? error.message : `${error.stack}`);
      status = 1;
    }
    await terminal.flush();
    return { status, stdout: stdout.text, stderr: stderr.text };
  }

  /**
   * Returns the path of a pipe with `pieces`, which one command can read once. It exists in this
   * process only.
   */
  pipe(pieces: readonly Uint8Array[]): string {
    const path = `/pipe/${this.#pipes.size}`;
    this.#pipes.set(path, [...pieces]);
    return path;
  }

  /** Closes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#opened.disposeAsync();
  }

  #servePipes(): void {
    const open = Deno.open;
    Deno.open = async (path, options) => {
      const pieces = this.#pipes.get(String(path));
      if (!pieces) return await open(path, options);
      return {
        stat: () => Promise.resolve({ isFile: false, isDirectory: false }),
        read: (buffer: Uint8Array) => Promise.resolve(readPiece(pieces, buffer)),
      } as unknown as Deno.FsFile;
    };
    this.#opened.defer(() => void (Deno.open = open));
  }

  /** A command gives up permissions for good; here the next one runs in the same process. */
  #keepPermissions(): void {
    const { permissions } = Deno;
    const revokeSync = permissions.revokeSync;
    permissions.revokeSync = (descriptor) => permissions.querySync(descriptor);
    this.#opened.defer(() => void (permissions.revokeSync = revokeSync));
  }

  async #openHub(trust: string): Promise<HubDaemon> {
    const { store } = openHubStore({ path: ":memory:" });
    this.#opened.use(store);
    const operators = parseTrustFile(trust).map((entry) =>
      toOperator(entry, { file: "trusted_keys", own: false })
    );
    return this.#opened.use(
      await openHubDaemon({
        ...{ listen: ["tcp://127.0.0.1:0"], transports: [tcp], store, version: "0" },
        ...{ insecure: false, keepOutput: 1_000_000 },
        operators: { get: (keyid) => operators.find(({ key }) => key.keyid === keyid) },
      }),
    );
  }
}

/** Opens the fixture. */
export async function openLyingHub(options: LyingHubOptions): Promise<LyingHubFixture> {
  const fixture = new LyingHubFixture(options);
  try {
    await fixture.open(options.nodes);
    return fixture;
  } catch (error) {
    await fixture[Symbol.asyncDispose]();
    throw error;
  }
}

const NO_COLORS = { NO_COLOR: "1", CLICOLOR: undefined, CLICOLOR_FORCE: undefined, TERM: "dumb" };

/** An output stream in memory. */
class MemoryStream {
  readonly #parts: Uint8Array[] = [];

  get text(): string {
    return decodeUtf8(concat(this.#parts));
  }

  write(bytes: Uint8Array): Promise<number> {
    this.#parts.push(bytes.slice());
    return Promise.resolve(bytes.length);
  }

  isTerminal(): boolean {
    return false;
  }
}

/** Takes the next piece of a pipe; returns its length, or `null` at the end. */
function readPiece(pieces: Uint8Array[], buffer: Uint8Array): number | null {
  const piece = pieces.shift();
  if (!piece) return null;
  buffer.set(piece);
  return piece.length;
}

function portOf(url: string): number {
  return Number(new URL(url.replace("tcp:", "http:")).port);
}

async function writeOperatorFiles(
  home: string,
  { key, known }: { readonly key: string; readonly known: readonly string[] },
): Promise<void> {
  const config = `${home}/.config/nanoexec`;
  await Deno.mkdir(config, { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(`${config}/operator.key`, key, { mode: 0o600 });
  await Deno.writeTextFile(`${config}/known_agents`, `${known.join("\n")}\n`, { mode: 0o600 });
}
