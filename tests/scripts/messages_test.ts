import { deepEqual, ok } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { findTexts } from "../../scripts/messages/find_texts.ts";
import { readability } from "../../scripts/messages/readability.ts";
import { userTexts } from "../../scripts/messages/user_texts.ts";
import { CHECKED_FOLDERS, findWordings } from "../../scripts/messages/wordings.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("no text that users can see has a wording that the rules forbid", {
  permissions: { read: [ROOT] },
}, async () => {
  const { folders, except } = CHECKED_FOLDERS;
  const texts = await findTexts(folders, fileURLToPath(ROOT));
  const hits = findWordings(texts.filter(({ file }) => !except.test(file)));
  const shown = (level: string) =>
    hits.filter(({ wording }) => wording.level === level)
      .map(({ text: { file, line, text }, wording: { why } }) =>
        `${file}:${line}: ${text} (${why})`
      );
  const reported = shown("reports");
  if (reported.length > 0) console.log(`to judge by eye:\n${reported.join("\n")}`);
  deepEqual(shown("fails"), []);
});

/** Returns the kinds and texts in a source text. */
function textsIn(source: string): readonly string[] {
  return userTexts("a.ts", source).map(({ kind, text }) => `${kind}: ${text}`);
}

Deno.test("userTexts finds errors with their hints, and names the values in them", () => {
  deepEqual(
    textsIn(
      "throw new UserError(`no file ${path}`, { hint: `make ${join(a)} with ` + `keygen` });",
    ),
    ["error: no file PATH", "hint: make JOIN with keygen"],
  );
});

Deno.test("userTexts finds what is printed, logged, returned as text or given as a reason", () => {
  deepEqual(textsIn("terminal.note(`${x.length} hosts`);"), ["note: X_COUNT hosts"]);
  deepEqual(textsIn('logger.info("agent attached", { host });'), ["log: agent attached"]);
  deepEqual(textsIn('function stateText() { return "cancelled"; }'), ["text: cancelled"]);
  deepEqual(textsIn('return { code: "no-shell", reason: "refused" };'), ["reason: refused"]);
  deepEqual(textsIn("const a = message`run on ${b}`;"), ["help: run on B"]);
  deepEqual(textsIn('const a = b ? "two words" : "c";'), ["text: two words"]);
  deepEqual(textsIn('note(`stops ${a ? "now" : "later"}`);'), ["note: stops <now|later>"]);
});

Deno.test("userTexts leaves out names, code in other languages, and types", () => {
  deepEqual(textsIn('import a from "some words";'), []);
  deepEqual(textsIn('type A = "some words"; if (a === "two words") b("word");'), []);
  deepEqual(
    textsIn("db.prepare(`SELECT name FROM hosts`); const a = String.raw`cd $1 || exit`;"),
    [],
  );
});

/** Returns the levels of the wordings in a text. */
function levels(text: string): readonly string[] {
  const hits = findWordings([{ file: "a.ts", line: 1, kind: "error", text }]);
  return [...new Set(hits.map(({ wording }) => wording.level))].sort();
}

Deno.test("findWordings tells wordings that fail from those to judge and from plain ones", () => {
  for (
    const text of [
      "nothing says which hosts are meant",
      "no host is meant",
      "web1: no attached host is called so",
      "web1: well; going on with 4 hosts",
      "keep it so long for hosts that are away",
      "whoever listens there is not a hub that can be asked",
    ]
  ) ok(levels(text).includes("fails"), text);
  deepEqual(levels("what comes while it runs"), ["reports"]);
  for (
    const text of [
      "target matches no host",
      "no target: use -w, -g, --host or -a",
      "stopped: 1 host failed, limit 0",
      "cancelling; press Ctrl-C again to exit now",
    ]
  ) deepEqual(levels(text), [], text);
});

Deno.test("readability grades long words and sentences higher", () => {
  const plain = readability(["no such host", "cannot read FILE: permission denied"]);
  deepEqual([plain.sentences, plain.words], [3, 8]);
  const heavy = readability([
    "the administrator of that installation has deliberately prohibited unauthenticated operation",
  ]);
  ok(heavy.grade > plain.grade + 5, `${heavy.grade} is not far above ${plain.grade}`);
});
