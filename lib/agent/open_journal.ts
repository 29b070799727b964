/**
 * Opens the agent's journal, and begins a new one when the file cannot be read any more: a host
 * whose disk has lost a page is not lost for it. Imports its siblings.
 * @module
 */
import { existsSync, renameSync } from "node:fs";
import { AgentError } from "./errors.ts";
import { Journal, type JournalOptions } from "./journal.ts";

/** A journal and what is to be said about it. */
export interface OpenedJournal {
  /** Remembers requests and their results. */
  readonly journal: Journal;
  /** What was found and what follows from it; nothing if all is well. */
  readonly problem?: string;
}

/** What SQLite says of a file that is not a database, or no longer a whole one. */
const DAMAGED = /not a database|malformed|disk image/;
const FOLLOWS = "requests from before this start are refused";

/**
 * Opens the journal.
 * @throws {AgentError} if it cannot be used: without a journal, nothing may run
 */
export function openJournal(options: JournalOptions): OpenedJournal {
  try {
    const journal = new Journal(options);
    return journal.touched
      ? { journal, problem: `the journal was changed by somebody else: ${FOLLOWS}` }
      : { journal };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (DAMAGED.test(reason)) return beginAnew(options, reason);
    throw cannotUse(options, error);
  }
}

function beginAnew(options: JournalOptions, reason: string): OpenedJournal {
  const aside = setAside(options);
  const problem = `the journal is damaged (${reason}) and was set aside as ${aside}: ${FOLLOWS}`;
  try {
    return { journal: new Journal(options), problem };
  } catch (error) {
    throw cannotUse(options, error);
  }
}

function setAside({ path }: JournalOptions): string {
  let number = 1;
  while (existsSync(`${path}.damaged-${number}`)) number++;
  const aside = `${path}.damaged-${number}`;
  for (const end of ["-wal", "-shm", "-stamp", ""]) {
    if (existsSync(path + end)) renameSync(path + end, aside + end);
  }
  return aside;
}

function cannotUse({ path }: JournalOptions, cause: unknown): AgentError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AgentError(
    `the journal ${path} cannot be used: ${reason}`,
    "without it a command could run twice; look at the disk, or name another folder with --state",
    { cause },
  );
}
