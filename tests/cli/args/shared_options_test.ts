import assert from "node:assert/strict";
import { DEFAULTS, parse, parseRun, TRUE, UPTIME, WEB1, words } from "./command_lines.ts";

/** Options that `run` and the classic form share, and what each of them changes. */
const SHARED: readonly (readonly [options: string, change: object])[] = [
  ["-t 90", execution({ deliveryTimeoutMs: 90_000 })],
  ["-t5m", execution({ deliveryTimeoutMs: 300_000 })],
  ["--delivery-timeout=2h", execution({ deliveryTimeoutMs: 7_200_000 })],
  ["-u 10", execution({ runTimeoutMs: 10_000 })],
  ["--secret A=@b --secret C=@d", execution({ secrets: { A: "b", C: "d" } })],
  ["--splay 60s", execution({ splayMs: 60_000 })],
  ["--run-timeout 10s", execution({ runTimeoutMs: 10_000 })],
  ["-l nobody", execution({ user: "nobody" })],
  ["--login=nobody", execution({ user: "nobody" })],
  ["--cwd /tmp", execution({ cwd: "/tmp" })],
  ["--env A=1 --env=B=2=3", execution({ env: { A: "1", B: "2=3" } })],
  ["--note why", execution({ note: "why" })],
  ["--max-output 64K", execution({ maxOutputBytes: 65_536 })],
  ["-b", gathered({ fold: true, headers: true, withStderr: false })],
  ["--gather", gathered({ fold: true, headers: true, withStderr: false })],
  ["-B", gathered({ fold: true, headers: true, withStderr: true })],
  ["--gatherall", gathered({ fold: true, headers: true, withStderr: true })],
  ["-bB", gathered({ fold: true, headers: true, withStderr: true })],
  ["-L", gathered({ fold: false, headers: false, withStderr: false })],
  ["--by-node", gathered({ fold: false, headers: false, withStderr: false })],
  ["-bL", gathered({ fold: true, headers: false, withStderr: false })],
  ["-LB", gathered({ fold: true, headers: false, withStderr: true })],
  ["--diff", compared({ reference: "lowest code" })],
  ["-b --diff", compared({ reference: "lowest code" })],
  ["-B --diff", compared({ reference: "lowest code", withStderr: true })],
  ["--mask", compared({ reference: "majority" }, [])],
  ["--diff --mask", compared({ reference: "majority" }, [])],
  ["--mask-re [0-9]+ --mask-re=é", compared({ reference: "majority" }, [/[0-9]+/gu, /é/gu])],
  ["-b --mask", gathered({ fold: true, headers: true, withStderr: false }, { mask: [] })],
  ["-L --mask", gathered({ fold: false, headers: false, withStderr: false }, { mask: [] })],
  ["-j", output({ format: { kind: "json" } })],
  ["--json", output({ format: { kind: "json" } })],
  ["--jsonl", output({ format: { kind: "jsonl" } })],
  ["-N", output({ labels: false })],
  ["--nolabel", output({ labels: false })],
  ["--raw", output({ raw: true })],
  ["-S", output({ maxrc: true })],
  ["--maxrc", output({ maxrc: true })],
  ["--ok-if-lost", output({ okIfLost: true })],
  ["-q", output({ quiet: true, progress: false })],
  ["--quiet", output({ quiet: true, progress: false })],
  ["--no-progress", output({ progress: false })],
  ["--outdir o --errdir=e/f", output({ outdir: "o", errdir: "e/f" })],
  ["--dry-run", { dryRun: true }],
  ["-y", { yes: true }],
  ["--yes", { yes: true }],
  ["--ask-above 0", { askAbove: 0 }],
  ["--ask-above=500", { askAbove: 500 }],
  ["--key k", { key: "k" }],
  ["--passphrase-file=p", { passphraseFile: "p" }],
  ["--listen tcp://*:1", { listen: ["tcp://*:1"] }],
  ["--listen tcp://*:1 --listen ipc:///x", { listen: ["tcp://*:1", "ipc:///x"] }],
  ["-v", { verbosity: 1 }],
  ["-vv --verbose", { verbosity: 3 }],
  ["--log-format json", { logFormat: "json" }],
];

function execution(change: object): object {
  return { execution: { ...DEFAULTS.execution, ...change } };
}

function output(change: object): object {
  return { output: { ...DEFAULTS.output, ...change } };
}

function gathered(format: object, rest: object = {}): object {
  return output({ format: { kind: "gathered", ...format }, ...rest });
}

function compared(format: object, mask?: readonly RegExp[]): object {
  return output({ format: { kind: "diff", withStderr: false, ...format }, mask });
}

Deno.test("every shared option changes one thing in the classic form", () => {
  for (const [options, change] of SHARED) {
    const expected = { kind: "run", target: WEB1, command: UPTIME, ...DEFAULTS, ...change };
    assert.deepEqual(parse(`--host=web1 --command=uptime ${options}`), expected, options);
  }
});

Deno.test("every shared option changes the same thing in `run`", () => {
  for (const [options, change] of SHARED) {
    const expected = { kind: "run", target: WEB1, command: TRUE, ...DEFAULTS, ...change };
    assert.deepEqual(parse(`run --host web1 ${options} -- true`), expected, options);
  }
});

Deno.test("--expect is for ALL, in both forms", () => {
  for (const line of ["--host=ALL --command=x", "run -a -- x"]) {
    const [first = "", ...rest] = words(line);
    const parsed = parseRun([first, "--expect", "web[1-9]", ...rest]);
    assert.equal(parsed.expect, "web[1-9]");
  }
});
