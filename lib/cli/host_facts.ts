/**
 * What an agent says of its host: what the system tells, what the administrator has written into files
 * called `facts`, and what programs in folders called `facts.d` print. Later ones win.
 * @module
 */
import { checkPrivateFile, type PrivateFileRules, readPrivateFile } from "../base/private_file.ts";
import { parseFactLines } from "./fact_lines.ts";
import { ownFacts } from "./own_facts.ts";
import { complaintOf, runBounded } from "./run_bounded.ts";

/** Where facts are, and who is told of those that were left out. */
export interface FactPlaces {
  /** The folders in which `facts` and `facts.d` are looked for; later ones win. */
  readonly folders: readonly string[];
  /** Told what is wrong, in a phrase. */
  readonly onProblem: (problem: string) => void;
}

/** The most facts that an agent can say. */
const MAX_FACTS = 256;
const BOUNDS = { maxMs: 5_000, maxBytes: 65_536 };
const FILE: PrivateFileRules = { what: "facts file", secret: false, maxBytes: 65_536 };
const PROGRAM: PrivateFileRules = { what: "facts program", secret: false, maxBytes: 67_108_864 };

/** Gathers the facts. What cannot be used is left out: an agent without a label can still be reached. */
export async function hostFacts(places: FactPlaces): Promise<Readonly<Record<string, string>>> {
  const all: Record<string, string> = { ...await ownFacts() };
  for (const folder of places.folders) {
    Object.assign(all, await factsFile(`${folder}/facts`, places));
    for (const program of await programsIn(`${folder}/facts.d`)) {
      Object.assign(all, await factsProgram(program, places));
    }
  }
  const names = Object.keys(all);
  if (names.length > MAX_FACTS) places.onProblem(`of ${names.length} facts, ${MAX_FACTS} are said`);
  return Object.fromEntries(names.slice(0, MAX_FACTS).map((name) => [name, all[name] ?? ""]));
}

async function factsFile(path: string, { onProblem }: FactPlaces): Promise<object> {
  try {
    return read(await readPrivateFile(path, FILE) ?? "", path, onProblem);
  } catch (error) {
    onProblem(error instanceof Error ? error.message : String(error));
    return {};
  }
}

async function factsProgram(path: string, { onProblem }: FactPlaces): Promise<object> {
  try {
    await checkPrivateFile(path, PROGRAM);
    const run = await runBounded(path, [], BOUNDS);
    if (run.isLate) throw new Error("it has not answered within 5 seconds");
    if (run.stdout.length > BOUNDS.maxBytes) throw new Error("it says too much");
    if (!run.status.success) {
      throw new Error(`it failed with status ${run.status.code}: ${complaintOf(run)}`);
    }
    return read(new TextDecoder().decode(run.stdout), path, onProblem);
  } catch (error) {
    onProblem(`${path}: ${error instanceof Error ? error.message : error}`);
    return {};
  }
}

function read(text: string, path: string, onProblem: FactPlaces["onProblem"]): object {
  const { facts, problems } = parseFactLines(text);
  problems.forEach((problem) => onProblem(`${path}: ${problem}`));
  return facts;
}

/** By name, as run-parts(8) does. */
async function programsIn(folder: string): Promise<readonly string[]> {
  try {
    const names: string[] = [];
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile && /^[A-Za-z0-9_-]+(\.[A-Za-z0-9]+)?$/.test(name)) names.push(name);
    }
    return names.sort().map((name) => `${folder}/${name}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    throw error;
  }
}
