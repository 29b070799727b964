/**
 * Wordings that read as translated or as chatter. Those without false hits fail a test; the others
 * are reported by `deno task messages`, for a person to judge.
 * @module
 */

import type { UserText } from "./user_texts.ts";

/** A wording to avoid. */
export interface Wording {
  /** Whether a hit fails the test, or is only reported. */
  readonly level: "fails" | "reports";
  /** Finds the wording. */
  readonly pattern: RegExp;
  /** What to write instead. */
  readonly why: string;
}

/** All wordings, the one place to add another. */
export const WORDINGS: readonly Wording[] = [
  { level: "fails", pattern: /\bnothing says\b/i, why: "name what is missing" },
  { level: "fails", pattern: /\b(is|are) meant\b/i, why: "a target matches or selects" },
  { level: "fails", pattern: /\bis called so\b/i, why: "such a name does not exist" },
  { level: "fails", pattern: /\bso (many|much|long|often)\b/i, why: "name the value" },
  { level: "fails", pattern: /\bsaid (is|are)\b/i, why: "start with a verb" },
  { level: "fails", pattern: /\bthan (may|can|should)\b/i, why: "say the limit" },
  { level: "fails", pattern: /\bat the (longest|most|latest)\b/i, why: "say at most, or maximum" },
  { level: "fails", pattern: /(?<!\bas )\bwell\b/i, why: "a success is ok" },
  {
    level: "fails",
    pattern: /\b(no|some)body\b|\bwho(m|so)?ever\b/i,
    why: "name who: host, hub, key",
  },
  {
    level: "fails",
    pattern: /\bnonsense\b|\bodd behaviou?r\b/i,
    why: "a protocol error with its detail",
  },
  {
    level: "fails",
    pattern: /\b(by chance|is no time at all|stands? for itself)\b/i,
    why: "say it plainly",
  },
  { level: "fails", pattern: /\bgo(es|ing)? on\b/i, why: "something continues" },
  { level: "reports", pattern: /\bof (its|their|your) own\b/i, why: "mostly a filler" },
  { level: "reports", pattern: /(^|[:;,] )(what|who)\b/i, why: "no noun as the subject" },
  {
    level: "reports",
    pattern: /\bit (is|was) \w+ (that|which|who)\b/i,
    why: "turn the sentence round",
  },
  { level: "reports", pattern: /\bit (has|is|was|says|cannot|may)\b/i, why: "name the thing" },
  {
    level: "reports",
    pattern: /\b(says?|said|saying|tells?)\b/i,
    why: "programs print, report or reply",
  },
  { level: "reports", pattern: /\b(away|gone|turn|those|people)\b/i, why: "use the glossary" },
  { level: "reports", pattern: /\.$/, why: "a phrase has no full stop" },
  { level: "reports", pattern: /^(?:[^.;:]*?\S\s+){24}/, why: "more than about 20 words" },
];

/** A wording in a text. */
export interface WordingHit {
  /** The text. */
  readonly text: UserText;
  /** What was found in it. */
  readonly wording: Wording;
}

/** Returns the wordings in `texts`, in the order of the texts. */
export function findWordings(texts: readonly UserText[]): readonly WordingHit[] {
  return texts.flatMap((text) =>
    WORDINGS.filter(({ pattern }) => pattern.test(text.text)).map((wording) => ({ text, wording }))
  );
}

/**
 * The folders whose texts a test holds to the wordings that fail. Grows until it is `lib`; `except`
 * lists files and folders that are still to be rewritten.
 */
export const CHECKED_FOLDERS: CheckedFolders = {
  folders: ["lib"],
  except: /^$/,
};

/** Folders and what is left out in them. */
export interface CheckedFolders {
  /** The folders, from the project's root. */
  readonly folders: readonly string[];
  /** Finds the paths of the files that are left out. */
  readonly except: RegExp;
}
