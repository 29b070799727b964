/**
 * The facts of this host: what the system reports, the lines of `facts` files, and the output of
 * programs in `facts.d` folders. Later sources override earlier ones.
 * @module
 */
import { messageOf } from "../../base/errors.ts";
import {
  checkPrivateFile,
  type PrivateFileRules,
  readPrivateFile,
} from "../../base/private_file.ts";
import { FACT_NAME } from "../../envelope/statements/body_fields.ts";
import { VERSION } from "../program/build_info.ts";
import { firstErrorLine, runBounded } from "../sandbox/bounded_program.ts";

const OS_RELEASE = "/etc/os-release";
const MEBIBYTE = 1_048_576;

/**
 * Facts by name, for targets such as `os=linux and memory > 8000`: the memory is in MiB, `ip` is the
 * first address that others can reach, and what is not known is left out.
 */
export async function systemFacts(): Promise<Readonly<Record<string, string>>> {
  const { os, arch } = Deno.build;
  const { ID, VERSION_ID } = await osRelease();
  const ip = reachableAddress();
  return {
    os,
    arch,
    kernel: Deno.osRelease(),
    ...(ID !== undefined && { distro: ID }),
    ...(VERSION_ID !== undefined && { release: VERSION_ID }),
    cpus: String(navigator.hardwareConcurrency),
    memory: String(Math.round(Deno.systemMemoryInfo().total / MEBIBYTE)),
    ...(ip !== undefined && { ip }),
    agent: VERSION,
  };
}

/** The variables of os-release(5); none where there is no such file. */
async function osRelease(): Promise<Readonly<Partial<Record<string, string>>>> {
  const text = await Deno.readTextFile(OS_RELEASE).catch(() => "");
  const entries = text.split("\n").flatMap((line) => {
    const [, name, value] = /^([A-Z_]+)=["']?([^"']+)["']?$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

/** IPv4 first, since that is what people compare. */
function reachableAddress(): string | undefined {
  const reachable = Deno.networkInterfaces()
    .map(({ address }) => address)
    .filter((address) => !/^(127\.|169\.254\.|::1$|fe80:)/i.test(address));
  return reachable.find((address) => address.includes(".")) ?? reachable[0];
}

/** Where facts are, and who is told of those that were left out. */
export interface FactSources {
  /** The folders in which `facts` and `facts.d` are looked for; later ones win. */
  readonly folders: readonly string[];
  /** Told what is wrong, in a phrase. */
  readonly onProblem: (problem: string) => void;
}

/** The most facts that an agent can say. */
const MAX_FACTS = 256;
const PROGRAM_BOUNDS = { maxMs: 5_000, maxBytes: 65_536 };
const FACTS_FILE: PrivateFileRules = { what: "facts file", secret: false, maxBytes: 65_536 };
const FACTS_PROGRAM: PrivateFileRules = {
  what: "facts program",
  secret: false,
  maxBytes: 67_108_864,
};

/** Gathers the facts. What cannot be used is left out: an agent without a label can still be reached. */
export async function hostFacts(places: FactSources): Promise<Readonly<Record<string, string>>> {
  const all: Record<string, string> = { ...await systemFacts() };
  for (const folder of places.folders) {
    Object.assign(all, await readFactsFile(`${folder}/facts`, places));
    for (const program of await programsIn(`${folder}/facts.d`)) {
      Object.assign(all, await runFactsProgram(program, places));
    }
  }
  const names = Object.keys(all);
  if (names.length > MAX_FACTS) places.onProblem(`of ${names.length} facts, ${MAX_FACTS} are said`);
  return Object.fromEntries(names.slice(0, MAX_FACTS).map((name) => [name, all[name] ?? ""]));
}

async function readFactsFile(path: string, { onProblem }: FactSources): Promise<object> {
  try {
    return parseFacts(await readPrivateFile(path, FACTS_FILE) ?? "", path, onProblem);
  } catch (error) {
    onProblem(messageOf(error));
    return {};
  }
}

async function runFactsProgram(path: string, { onProblem }: FactSources): Promise<object> {
  try {
    await checkPrivateFile(path, FACTS_PROGRAM);
    const run = await runBounded(path, [], PROGRAM_BOUNDS);
    if (run.timedOut) throw new Error("it has not answered within 5 seconds");
    if (run.stdout.length > PROGRAM_BOUNDS.maxBytes) throw new Error("it says too much");
    if (!run.status.success) {
      throw new Error(`it failed with status ${run.status.code}: ${firstErrorLine(run)}`);
    }
    return parseFacts(new TextDecoder().decode(run.stdout), path, onProblem);
  } catch (error) {
    onProblem(`${path}: ${messageOf(error)}`);
    return {};
  }
}

function parseFacts(text: string, path: string, onProblem: FactSources["onProblem"]): object {
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

/** What lines say, and what is wrong with those that were left out. */
export interface FactLines {
  /** The facts; the last line of a name counts. */
  readonly facts: Readonly<Record<string, string>>;
  /** A phrase for each line that is none. */
  readonly problems: readonly string[];
}

const MAX_VALUE_BYTES = 1_024;

/** Reads lines of facts. */
export function parseFactLines(text: string): FactLines {
  const facts: Record<string, string> = {};
  const problems: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const content = line.trim();
    if (content === "" || content.startsWith("#")) continue;
    const [name, value] = splitLine(content);
    const problem = problemOf(name, value);
    if (problem === undefined) facts[name] = value;
    else problems.push(`line ${index + 1}: ${problem}`);
  }
  return { facts, problems };
}

function splitLine(line: string): readonly [name: string, value: string] {
  const equals = line.indexOf("=");
  return equals < 0 ? [line, ""] : [line.slice(0, equals).trim(), line.slice(equals + 1).trim()];
}

function problemOf(name: string, value: string): string | undefined {
  if (!FACT_NAME.test(name)) return "not NAME=VALUE";
  if (value === "") return "there is no value";
  if (new TextEncoder().encode(value).length > MAX_VALUE_BYTES) return "the value is too long";
  if (/\p{Cc}/u.test(value) || !value.isWellFormed()) return "the value is not plain text";
  return undefined;
}
