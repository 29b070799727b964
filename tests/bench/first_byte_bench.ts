/**
 * How long `nanotrigger` takes, as a whole process, until a hub that runs by itself has the first byte
 * of it, and the command. A relay in between looks at the clock.
 *
 *     deno run --allow-all tests/bench/first_byte_bench.ts
 *
 * With NANOEXEC_BIN=dist it measures executables. An empty program under Deno, in the same run, tells how
 * fast the machine is. Goals: the figures are shown, whatever they are.
 * @module
 */
import assert from "node:assert/strict";
import { decodeLatin1 } from "../../lib/base/bytes.ts";
import { openInstallation } from "../support/programs/installation.ts";
import { median, printFigure, timed } from "./support/measurement.ts";

const ROUNDS = 20;
const MOST_MS = 120;

/** When something came, by `performance.now()`; Infinity before. */
interface Seen {
  firstMs: number;
  submitMs: number;
}

/** Passes on what one program says to the hub, and what comes back. */
async function relay(from: Deno.Conn, to: Deno.Conn, seen: Seen): Promise<void> {
  const looking = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(bytes, controller) {
      seen.firstMs = Math.min(seen.firstMs, performance.now());
      if (decodeLatin1(bytes).includes('"submit"')) seen.submitMs = performance.now();
      controller.enqueue(bytes);
    },
  });
  await Promise.allSettled([
    from.readable.pipeThrough(looking).pipeTo(to.writable),
    to.readable.pipeTo(from.writable),
  ]);
}

async function main(): Promise<void> {
  await using here = await openInstallation();
  await here.trigger("key");
  const [control, front] = [`${here.home}/control.sock`, `${here.home}/front.sock`];
  const folders = ["--state", `${here.home}/hub`, "--control", control];
  await using hub = here.start("trigger", ["hub", ...here.listen, ...folders]);
  await hub.says("stdout", /^Listening on /);
  await using _agent = await here.agent("web1");
  using listener = Deno.listen({ transport: "unix", path: front });
  const [first, submitted]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS + 3; round++) {
    const seen: Seen = { firstMs: Infinity, submitMs: Infinity };
    const began = performance.now();
    const ended = here.trigger("run", "--hub", `ipc://${front}`, "-w", "web1", "--", "true");
    const connection = await listener.accept();
    await relay(connection, await Deno.connect({ transport: "unix", path: control }), seen);
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
    if (round < 3) continue; // It warms up.
    first.push(seen.firstMs - began);
    submitted.push(seen.submitMs - began);
  }
  const empty = await emptyMs();
  console.log(`an empty program under Deno takes ${empty.toFixed(0)} ms`);
  show("from the start of nanotrigger to its first byte at the hub", first);
  show("the same to the command at the hub", submitted);
}

async function emptyMs(): Promise<number> {
  const args = ["run", "--no-config", "--no-lock", "data:text/javascript,"];
  const all: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    all.push(await timed(() => new Deno.Command(Deno.execPath(), { args }).output()));
  }
  return median(all);
}

function show(what: string, values: readonly number[]): void {
  assert.equal(values.every(Number.isFinite), true);
  printFigure({ what: `${what}: median`, target: MOST_MS, measured: median(values), unit: "ms" });
}

if (import.meta.main) await main();
