/**
 * Opens the agent's journal, and begins a new one when the file cannot be read any more: a host
 * whose disk has lost a page is not lost for it. Imports `base` and its siblings.
 * @module
 */
import { isDatabaseDamage, setAsideDatabase } from "../base/damaged_database.ts";
import { AgentError } from "./errors.ts";
import { Journal, type JournalOptions } from "./journal.ts";

/** A journal and what is to be said about it. */
export interface OpenedJournal {
  /** Remembers requests and their results. */
  readonly journal: Journal;
  /** What was found and what follows from it; nothing if all is well. */
  readonly problem?: string;
}

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
    if (isDatabaseDamage(error)) return beginAnew(options, error.message);
    throw cannotUse(options, error);
  }
}

function beginAnew(options: JournalOptions, reason: string): OpenedJournal {
  const aside = setAsideDatabase(options.path, ["-stamp"]);
  const problem = `the journal is damaged (${reason}) and was set aside as ${aside}: ${FOLLOWS}`;
  try {
    return { journal: new Journal(options), problem };
  } catch (error) {
    throw cannotUse(options, error);
  }
}

function cannotUse({ path }: JournalOptions, cause: unknown): AgentError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AgentError(
    `the journal ${path} cannot be used: ${reason}`,
    "without it a command could run twice; look at the disk, or name another folder with --state",
    { cause },
  );
}
