/**
 * `nanocat` of libnanomsg and `nngcat` of nng, which take the same options.
 * @module
 */
import { findExternalProgram } from "../../support/programs/external_programs.ts";
import { ForeignProcess } from "./foreign_process.ts";
import type { Part, SpConnection, SpProgram } from "./sp_program.ts";

/** libnanomsg 1.1.5 in Debian 12. */
export const nanocat: SpProgram = catProgram("nanocat", "nanomsg-utils", "0.1");

/** nng 1.5.2 in Debian 12. It counts intervals in whole seconds. */
export const nngcat: SpProgram = catProgram("nngcat", "nng-utils", "1");

function catProgram(name: string, packageName: string, seconds: string): SpProgram {
  return {
    name,
    peer: findExternalProgram(name, packageName),
    start: (part, meeting) =>
      new ForeignProcess(name, [...argsOf(part, meeting), ...pace(part, seconds)]),
  };
}

function argsOf(part: Part, { side, url }: SpConnection): string[] {
  const where = [`--${part.role}`, side === "dials" ? "--connect" : "--bind", url];
  switch (part.role) {
    case "sub":
      return [...where, "--hex", "--subscribe", part.subscribe];
    case "pub":
      return [...where, ...("say" in part ? ["--data", part.say] : ["--file", part.sayFile])];
    case "surveyor":
    case "respondent":
      return [...where, "--hex", "--data", part.say];
    default:
      return part satisfies never;
  }
}

function pace({ role }: Part, seconds: string): string[] {
  return role === "pub" || role === "surveyor" ? ["--interval", seconds] : [];
}
