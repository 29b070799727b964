/**
 * Fan-out of one message of 200 bytes to thousands of SUB peers: our `Pub` beside libnanomsg's
 * PUB, by turns in one run, before the same receiver.
 *
 *     deno run --allow-run --allow-read --allow-write --allow-net --allow-env \
 *         tests/bench/fanout_bench.ts [PEERS…]
 *
 * Prints the median and the 90th percentile of how long the call takes that publishes, and of how
 * long it takes until the last peer has the whole message. The ratio is the median over all rounds
 * of ours divided by libnanomsg's of the same round; the goal is 1 or less. All of it happens on
 * one machine, so the receiver takes its share of the processor: 5 runs say more than one.
 *
 * Needs gcc and libnanomsg-dev. It is no `Deno.bench`, which would not let the two take turns.
 * @module
 */
import { compileC, findNanomsgCompiler } from "../interop/support/c_program.ts";
import { Contestant, type Round } from "./support/fanout_contender.ts";

const SIZE = 200;
const WARM_UP = 10;
const ROUNDS = 50;
const DEFAULT_PEERS = [1_000, 9_000];

interface Programs {
  readonly subscribers: string;
  readonly nanomsg: string;
}

async function main(args: readonly string[]): Promise<number> {
  const compiler = findNanomsgCompiler();
  if (!compiler.available) {
    console.error(`error: this benchmark cannot be run ${compiler.needs}`);
    return 1;
  }
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_bench_" });
  try {
    const programs = {
      subscribers: await compileC(source("subscribers.c"), folder),
      nanomsg: await compileC(source("nanomsg_pub.c"), folder, ["nanomsg"]),
    };
    console.log(
      `${SIZE} bytes to all peers, ${ROUNDS} rounds, ${navigator.hardwareConcurrency} cores; ms`,
    );
    console.log(row("peers", "publisher", "call", "p90", "last", "p90"));
    for (const peers of args.length > 0 ? args.map(Number) : DEFAULT_PEERS) {
      await compare(peers, programs);
    }
    return 0;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function compare(peers: number, programs: Programs): Promise<void> {
  const subscribers = (port: number) => [programs.subscribers, `${port}`, `${peers}`];
  const publisher = source("publisher.ts").pathname;
  await using ours = await Contestant.start({
    name: "Pub",
    subscribers,
    publisher: (port) => [Deno.execPath(), "run", "--allow-net", publisher, `${port}`, `${SIZE}`],
  });
  await using theirs = await Contestant.start({
    name: "libnanomsg",
    subscribers,
    publisher: (port) => [programs.nanomsg, `${port}`, `${SIZE}`],
  });
  const rounds = await alternate(ours, theirs);
  report(peers, ours.name, rounds.map(([our]) => our));
  report(peers, theirs.name, rounds.map(([, their]) => their));
  const ratio = (what: keyof Round) =>
    quantile(rounds.map(([our, their]) => our[what] / their[what]), 0.5).toFixed(2);
  console.log(row(`${peers}`, "ratio", ratio("call"), "", ratio("last"), ""));
}

/** The rounds of both, each of them first in every other round, without the first few. */
async function alternate(ours: Contestant, theirs: Contestant): Promise<[Round, Round][]> {
  const rounds: [Round, Round][] = [];
  for (let count = 0; count < WARM_UP + ROUNDS; count++) {
    const early = count % 2 === 0 ? await ours.round() : undefined;
    const their = await theirs.round();
    rounds.push([early ?? await ours.round(), their]);
  }
  return rounds.slice(WARM_UP);
}

function report(peers: number, name: string, rounds: readonly Round[]): void {
  const [call, last] = [rounds.map((round) => round.call), rounds.map((round) => round.last)];
  const figures = [call, last].flatMap((times) => [quantile(times, 0.5), quantile(times, 0.9)]);
  console.log(row(`${peers}`, name, ...figures.map((ms) => ms.toFixed(1))));
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
}

function row(peers: string, name: string, ...cells: string[]): string {
  return [peers.padStart(6), name.padEnd(10), ...cells.map((cell) => cell.padStart(7))].join("  ");
}

function source(name: string): URL {
  return new URL(`./support/${name}`, import.meta.url);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
