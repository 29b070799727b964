/**
 * npm:nanomsg, a binding of libnanomsg 1.1.0 for Node. Deno cannot load it, so it runs under Node;
 * it is built once per version of Node, in the system's folder for temporary files.
 * @module
 */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  type ExternalProgram,
  externalProgram,
  findExternalProgram,
} from "../../support/programs/external_programs.ts";
import { ForeignProcess } from "./foreign_process.ts";
import type { Part, SpConnection, SpProgram } from "./sp_program.ts";

const VERSION = "4.2.1";
const SCRIPT = new URL("./nanomsg_peer.cjs", import.meta.url).pathname;
const TOOLS = ["node", "npm", "g++", "make", "python3"];

/** npm:nanomsg as a program. */
export interface NpmNanomsg extends SpProgram {
  /**
   * Starts a RESPONDENT that answers `say` after `delayMs` milliseconds, with the question in place
   * of `%`, and prints the question only then.
   */
  startSlowRespondent(say: string, delayMs: number, meeting: SpConnection): ForeignProcess;
  /** Starts a SURVEYOR whose surveys last `deadlineMs` milliseconds; it makes ten a second. */
  startHastySurveyor(say: string, deadlineMs: number, meeting: SpConnection): ForeignProcess;
}

/** Builds npm:nanomsg if that was not done before, which takes half a minute. */
export async function findNpmNanomsg(): Promise<NpmNanomsg> {
  const modules = await findModules();
  return {
    name: "npm:nanomsg",
    peer: modules.peer,
    start: (part, meeting) => start(part.role, meeting, contentOf(part)),
    startSlowRespondent: (say, delayMs, meeting) => start("respondent", meeting, say, delayMs),
    startHastySurveyor: (say, deadlineMs, meeting) => start("surveyor", meeting, say, deadlineMs),
  };

  function start(
    role: Part["role"],
    { side, url }: SpConnection,
    content: string,
    ms = 0,
  ): ForeignProcess {
    const args = [SCRIPT, role, side, url, content, ...(ms > 0 ? [`${ms}`] : [])];
    return new ForeignProcess("node", args, { NODE_PATH: modules.path });
  }
}

function contentOf(part: Part): string {
  if ("subscribe" in part) return part.subscribe;
  return "say" in part ? part.say : `file:${part.sayFile}`;
}

/** The folder `node_modules` that has it. */
async function findModules(): Promise<{ readonly peer: ExternalProgram; readonly path: string }> {
  const missing = TOOLS.filter((tool) => !findExternalProgram(tool, tool).available);
  if (missing.length > 0) return { peer: externalProgram(false, missing.join(", ")), path: "" };
  const { stdout } = await new Deno.Command("node", { args: ["--version"] }).output();
  const name = `nanoexec_npm_nanomsg_${VERSION}_node_${decodeUtf8(stdout).trim()}_${Deno.uid()}`;
  const folder = join(tmpdir(), name);
  const available = await isOurs(folder) || await build(folder);
  return {
    peer: externalProgram(available, `npm:nanomsg@${VERSION}`),
    path: join(folder, "node_modules"),
  };
}

/** Whether `folder` is there, and not one that somebody else has put in its place. */
async function isOurs(folder: string): Promise<boolean> {
  const info = await Deno.lstat(folder).catch(() => undefined);
  return info?.isDirectory === true && info.uid === Deno.uid();
}

async function build(folder: string): Promise<boolean> {
  console.error(`building npm:nanomsg@${VERSION} in ${folder}`);
  const work = await Deno.makeTempDir({ dir: tmpdir(), prefix: "nanoexec_npm_nanomsg_" });
  const options = ["--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"];
  const built =
    await succeeds("npm", ["install", ...options, "--prefix", work, `nanomsg@${VERSION}`]) &&
    await succeeds("node", ["-e", `require("${work}/node_modules/nanomsg")`]);
  // Whoever else builds at the same time may have been faster.
  if (built) await Deno.rename(work, folder).catch(() => {});
  await Deno.remove(work, { recursive: true }).catch(() => {});
  return built && await isOurs(folder);
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  const process = new Deno.Command(command, { args: [...args], stdin: "null" });
  const { success, stderr } = await process.output();
  if (!success) console.error(decodeUtf8(stderr));
  return success;
}
