/**
 * A hub, the real program, while one address attacks it: how much memory it takes, and how soon a
 * true agent and an operator are in.
 *
 *     deno run --allow-all tests/bench/flood_bench.ts [FOLDER-OF-ANOTHER-CHECKOUT…]
 *
 * Other checkouts are measured in the same run, for comparison.
 * @module
 */
import { generateSecretKey, type SecretKey } from "../../lib/envelope/keys/secret_key.ts";
import { printPublicKey } from "../../lib/envelope/keys/public_key.ts";
import { type Hello, helloType } from "../../lib/envelope/statements/session_statements.ts";
import { signEnvelope } from "../../lib/envelope/signing/sign_envelope.ts";
import { decodeHubMessage } from "../../lib/protocol/agent/messages.ts";
import { dial, ipc, RawRespondent, tcp } from "../../lib/sp/mod.ts";
import { openRemoteQueue } from "../../lib/trigger/mod.ts";
import { RealProgram } from "../support/programs/real_program.ts";
import { figuresOf } from "./support/process_figures.ts";

/** An attack, with the limits that the hub has. */
interface Attack {
  readonly what: string;
  readonly peers: readonly string[];
  readonly files?: number;
}

const ATTACKS: readonly Attack[] = [
  { what: "nothing", peers: ["silent", "1"] },
  { what: "2,000 connections, half of a 1 MiB frame each", peers: ["half", "2000"] },
  { what: "900 sessions, 280 KB of facts each", peers: ["sessions", "900", "280000"] },
  { what: "900 sessions, 16 KB of facts each", peers: ["sessions", "900", "15500"] },
  { what: "900 sessions that flood after the login", peers: ["flood", "900"] },
  { what: "570 silent connections, nofile 600", peers: ["silent", "570"], files: 600 },
  { what: "570 sessions, nofile 600", peers: ["sessions", "570", "1000"], files: 600 },
];

/** How long the attack lasts before anything is measured, in milliseconds. */
const WARM_UP_MS = 6_000;
/** When a login is given up, in milliseconds. */
const MAX_LOGIN_MS = 10_000;
const RETRY_MS = 100;
const PEERS = new URL("./support/flood_peers.ts", import.meta.url).pathname;
const HERE = new URL("../..", import.meta.url).pathname;

/** The packages of all programs. */
const CACHE = { DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno` };

if (import.meta.main) await main(Deno.args);

async function main(others: readonly string[]): Promise<void> {
  for (const attack of ATTACKS) {
    for (const folder of [...others, HERE]) await measure(attack, folder);
  }
}

async function measure({ what, peers, files }: Attack, folder: string): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const home = stack.adopt(
    await Deno.makeTempDir(),
    (path) => Deno.remove(path, { recursive: true }),
  );
  const key = generateSecretKey("bench");
  const trust = `${home}/trust`;
  await Deno.writeTextFile(trust, `${printPublicKey({ key: key.publicKey, comment: "bench" })}\n`, {
    mode: 0o600,
  });
  const hubWords = [Deno.execPath(), "run", "--quiet", "--allow-all", `${folder}/main_trigger.ts`];
  const args = ["hub", "--listen", "tcp://127.0.0.1:0", "--state", `${home}/hub`, "-v"];
  const hub = stack.use(
    new RealProgram(limited([...hubWords, ...args, "--trust", trust], files), {
      env: { ...CACHE, HOME: home, PATH: "/usr/bin:/bin", NO_COLOR: "1" },
    }),
  );
  const [, port = ""] = await hub.says("stdout", /^Listening on tcp:\/\/127.0.0.1:(\d+)/);
  const before = figuresOf(hub.pid).rss;
  const words: [string, ...string[]] = [
    ...[Deno.execPath(), "run", "--quiet", "--allow-all", PEERS, port] as const,
    ...peers,
  ];
  const attackers = stack.use(new RealProgram(words, { env: CACHE, stdinOpen: true }));
  await Promise.race([attackers.says("stdout", /all have connected/), sleep(MAX_LOGIN_MS)]);
  await sleep(WARM_UP_MS);
  const url = `tcp://127.0.0.1:${port}`;
  const [agentMs, operatorMs] = [await agentLogin(url, hub), await operatorLogin(url, key)];
  const local = await operatorLogin(`ipc://${home}/hub/control.sock`, key);
  const { rss, peak } = figuresOf(hub.pid);
  hub.kill("SIGKILL"); // a hub that is busy enough does not end by itself
  const place = folder === HERE ? "here" : folder;
  console.log(
    `${what.padEnd(48)} ${place.padEnd(12)} RSS ${mebibytes(rss, before)}, ` +
      `peak ${mebibytes(peak, before)}; agent in ${shown(agentMs)}, operator ${
        shown(operatorMs)
      }, ` +
      `on the control socket ${shown(local)}`,
  );
}

function mebibytes(value: number, before: number): string {
  return `+${(value - before).toFixed(0)} MiB`;
}

function shown(ms: number): string {
  return ms >= MAX_LOGIN_MS ? "never" : `${ms.toFixed(0)} ms`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Has a program use so few file descriptors, or as many as it may. */
function limited(words: readonly string[], files: number | undefined): [string, ...string[]] {
  const limit = files === undefined ? 'ulimit -n "$(ulimit -Hn)"' : `ulimit -n ${files}`;
  return ["/bin/sh", "-c", `${limit} && exec "$@"`, "sh", ...words];
}

/** How long a true agent, which nobody knows yet, takes to be in. */
async function agentLogin(url: string, hub: RealProgram): Promise<number> {
  const began = performance.now();
  const key = generateSecretKey("true1");
  const respondent: RawRespondent = new RawRespondent({
    survey(survey) {
      const message = decodeHubMessage(survey.body);
      if (message.kind !== "welcome") return;
      const body: Hello = {
        ...{ v: 1, nonce: message.nonce, name: "true1", publicKey: key.publicKey.base64 },
        ...{ epoch: 0, version: "0", facts: { os: "linux" }, running: [], held: [] },
        ...{ insecure: false, clockMs: Date.now() },
      };
      respondent.answer(survey, signEnvelope(helloType, body, [key]));
    },
  });
  await using _dialer = dial(url, {
    patterns: [respondent],
    transports: [tcp],
    redialMs: RETRY_MS,
    maxRedialMs: 1_000,
  });
  await Promise.race([hub.says("stderr", /true1 has attached/), sleep(MAX_LOGIN_MS)]);
  return performance.now() - began;
}

/** How long an operator takes to be in and to know the hosts. */
async function operatorLogin(url: string, key: SecretKey): Promise<number> {
  const began = performance.now();
  while (performance.now() - began < MAX_LOGIN_MS) {
    const signal = AbortSignal.timeout(MAX_LOGIN_MS);
    try {
      await using _queue = await openRemoteQueue({
        ...{ url, transports: [tcp, ipc], version: "bench", pins: new Map() },
        key: () => Promise.resolve(key),
      }, signal);
      return performance.now() - began;
    } catch {
      await sleep(RETRY_MS);
    }
  }
  return MAX_LOGIN_MS;
}
