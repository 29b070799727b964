/**
 * The facts of this host: what the system reports, the lines of `facts` files, and the output of
 * programs in `facts.d` folders. Later sources override earlier ones.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import { messageOf } from "../../base/errors.ts";
import {
  checkPrivateFile,
  type PrivateFileRules,
  readPrivateFile,
} from "../../base/private_file.ts";
import { FACT_NAME } from "../../envelope/statements/body_fields.ts";
import { MAX_FACTS_BYTES } from "../../envelope/statements/session_statements.ts";
import { VERSION } from "../process/build_info.ts";
import { firstErrorLine, runBounded } from "../sandbox/bounded_program.ts";

const OS_RELEASE = "/etc/os-release";
const MEBIBYTE = 1_048_576;

/**
 * Returns facts by name, for targets such as `os=linux and memory > 8000`. The memory is in MiB.
 * `ip` is the first address that other machines can reach. Unknown facts are left out.
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

/** Returns the variables of os-release(5), or none if there is no such file. */
async function osRelease(): Promise<Readonly<Partial<Record<string, string>>>> {
  const text = await Deno.readTextFile(OS_RELEASE).catch(() => "");
  const entries = text.split("\n").flatMap((line) => {
    const [, name, value] = /^([A-Z_]+)=["']?([^"']+)["']?$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

/** Returns the first reachable address. Prefers IPv4, because people compare that. */
function reachableAddress(): string | undefined {
  const reachable = Deno.networkInterfaces()
    .map(({ address }) => address)
    .filter((address) => !/^(127\.|169\.254\.|::1$|fe80:)/i.test(address));
  return reachable.find((address) => address.includes(".")) ?? reachable[0];
}

/** The folders of facts, and a callback for problems. */
export interface FactSources {
  /** The folders that contain `facts` and `facts.d`; later ones override earlier ones. */
  readonly folders: readonly string[];
  /** Called with a phrase about each problem. */
  readonly onProblem: (problem: string) => void;
}

/** The maximum number of facts of an agent. */
const MAX_FACTS = 256;
const PROGRAM_BOUNDS = { maxMs: 5_000, maxBytes: 65_536 };
const FACTS_FILE: PrivateFileRules = { what: "facts file", secret: false, maxBytes: 65_536 };
const FACTS_PROGRAM: PrivateFileRules = {
  what: "facts program",
  secret: false,
  maxBytes: 67_108_864,
};

/**
 * Gathers the facts. Leaves out facts that cannot be used, because the agent works without them.
 */
export async function hostFacts(sources: FactSources): Promise<Readonly<Record<string, string>>> {
  const all: Record<string, string> = { ...await systemFacts() };
  for (const folder of sources.folders) {
    Object.assign(all, await readFactsFile(`${folder}/facts`, sources));
    for (const program of await programsIn(`${folder}/facts.d`)) {
      Object.assign(all, await runFactsProgram(program, sources));
    }
  }
  const facts = firstFacts(all);
  const [count, sent] = [all, facts].map((each) => Object.keys(each).length);
  if (sent !== count) {
    sources.onProblem(
      `only ${sent} of ${count} facts are sent: the limit is ${MAX_FACTS} facts and ` +
        `${MAX_FACTS_BYTES} bytes`,
    );
  }
  return facts;
}

/** Returns the first facts, as many as an agent may send. */
export function firstFacts(all: Readonly<Record<string, string>>): Record<string, string> {
  const facts: Record<string, string> = {};
  let left = MAX_FACTS_BYTES - "{}".length;
  for (const [name, value] of Object.entries(all).slice(0, MAX_FACTS)) {
    left -= encodeUtf8(`${JSON.stringify(name)}:${JSON.stringify(value)},`).length;
    if (left < 0) break;
    facts[name] = value;
  }
  return facts;
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
    if (run.timedOut) throw new Error("timed out after 5 seconds");
    if (run.stdout.length > PROGRAM_BOUNDS.maxBytes) {
      throw new Error(`output is longer than ${PROGRAM_BOUNDS.maxBytes} bytes`);
    }
    if (!run.status.success) {
      throw new Error(`failed with status ${run.status.code}: ${firstErrorLine(run)}`);
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

/** Returns the programs in `folder`, sorted by name as run-parts(8) does. */
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

/** Parsed lines of facts, and the problems of the invalid lines. */
export interface FactLines {
  /** The facts; the last line with a name counts. */
  readonly facts: Readonly<Record<string, string>>;
  /** A phrase for each invalid line. */
  readonly problems: readonly string[];
}

const MAX_VALUE_BYTES = 1_024;

/** Parses lines of facts. */
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
  if (!FACT_NAME.test(name)) return "expected NAME=VALUE";
  if (value === "") return "no value";
  if (new TextEncoder().encode(value).length > MAX_VALUE_BYTES) {
    return `value is longer than ${MAX_VALUE_BYTES} bytes`;
  }
  if (/\p{Cc}/u.test(value) || !value.isWellFormed()) return "value is not plain text";
  return undefined;
}
