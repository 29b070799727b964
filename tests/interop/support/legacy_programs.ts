/**
 * Stand-ins for the first program's agent and trigger, in C with libnanomsg as those were: what
 * they do on the wire is the same byte for byte and to the millisecond.
 *
 *     await using legacy = await buildLegacyPrograms();
 *     await using agent = new Program(legacy.agent, [url, "host1"]);
 *     await using trigger = new Program(legacy.trigger, [url, "host1", "uptime"]);
 * @module
 */
import type { ExternalProgram } from "../../support/programs/external_programs.ts";
import { compileC, findNanomsgCompiler } from "./c_program.ts";

/** What {@linkcode buildLegacyPrograms} needs. */
export const legacyPeer: ExternalProgram = findNanomsgCompiler();

/** Paths of the programs. Disposing it removes them. */
export interface LegacyPrograms extends AsyncDisposable {
  /** `legacy_trigger URL HOST COMMAND` */
  readonly trigger: string;
  /** `legacy_agent URL HOSTNAME` */
  readonly agent: string;
}

/** Compiles both in a temporary folder. */
export async function buildLegacyPrograms(): Promise<LegacyPrograms> {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_legacy_" });
  const build = (name: string) => compileC(new URL(name, import.meta.url), folder, ["nanomsg"]);
  const [trigger, agent] = await Promise.all([
    build("legacy_trigger.c"),
    build("legacy_agent.c"),
  ]);
  const remove = () => Deno.remove(folder, { recursive: true });
  return { trigger, agent, [Symbol.asyncDispose]: remove };
}
