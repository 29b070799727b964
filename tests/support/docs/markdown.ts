/**
 * Reads the pages of the documentation: code blocks, the comments that direct their test, and the
 * commands with their expected output.
 *
 * A block of the kind `console` is a session at a terminal. A line that begins with `NAME$ ` or
 * `NAME# ` is a command on the machine of that name (`$ ` alone: on the operator's); lines below it
 * are its output. A command that ends with `\` continues on the next line. HTML comments direct the
 * test:
 *
 * - `<!-- stage: hub; agents web1 db1 -->` begins a new installation with these processes.
 *
 * - `<!-- setup: LINE -->`, `<!-- setup db1: LINE -->` run a line of shell that readers do not see.
 *
 * - `<!-- file: PATH -->` before a block that is no session writes it to a file of the operator's;
 * `<!-- file db1: PATH -->` to one of that host.
 *
 * - `<!-- not run: REASON -->` has only the options of the next block checked.
 *
 * - `<!-- status: 2 -->` expects this status of every command in the next block, instead of 0. Where
 * the next command is `echo $?`, the block itself says it.
 * @module
 */

/** One command of a session. */
export interface DocCommand {
  /** The machine in the prompt; empty for the operator's. */
  readonly machine: string;
  /** The command, its lines joined. */
  readonly line: string;
  /** The index of the first output line in the page. */
  readonly outputAt: number;
  /** The expected output. */
  readonly output: readonly string[];
}

/** An HTML comment that directs the test. */
export interface DocDirective {
  /** Its name: `stage`, `setup`, `file`, `not run` or `status`. */
  readonly name: string;
  /** The machine that it names; empty for the operator's. */
  readonly machine: string;
  /** The text after the colon. */
  readonly text: string;
}

/** One step through a page, from top to bottom. */
export type DocStep =
  | { readonly kind: "directive"; readonly directive: DocDirective }
  | DocBlock;

/** A fenced block. */
export interface DocBlock {
  /** Marks a block. */
  readonly kind: "block";
  /** The word behind the fence; empty if there is none. */
  readonly language: string;
  /** The number of its first line, counted from 1. */
  readonly lineNumber: number;
  /** The lines between the fences. */
  readonly lines: readonly string[];
  /** The directives directly before it. */
  readonly directives: readonly DocDirective[];
  /** The commands of a session; empty for other kinds. */
  readonly commands: readonly DocCommand[];
}

const DIRECTIVE = /^<!-- (stage|setup|file|not run|status)(?: ([\w.-]+))?: (.*) -->$/;
const PROMPT = /^([\w.-]*)[$#] (.*)$/;

/**
 * Returns the steps of a page.
 * @throws {SyntaxError} if a comment is no known directive or a fence is not closed
 */
export function readPage(text: string): DocStep[] {
  const lines = text.split("\n");
  const steps: DocStep[] = [];
  let before: DocDirective[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line.startsWith("<!--")) {
      const directive = readDirective(line);
      before.push(directive);
      steps.push({ kind: "directive", directive });
    } else if (line.startsWith("```")) {
      const end = lines.indexOf("```", at + 1);
      if (end < 0) throw new SyntaxError(`line ${at + 1}: the block is not closed`);
      const inside = lines.slice(at + 1, end);
      const language = line.slice(3).trim();
      steps.push({
        kind: "block",
        language,
        lineNumber: at + 2,
        lines: inside,
        directives: before,
        commands: language === "console" ? readCommands(inside, at + 1) : [],
      });
      before = [];
      at = end;
    } else if (line.trim() !== "") before = [];
  }
  return steps;
}

function readDirective(line: string): DocDirective {
  const [, name, machine = "", text] = DIRECTIVE.exec(line) ?? [];
  if (name === undefined || text === undefined) throw new SyntaxError(`no directive: ${line}`);
  return { name, machine, text };
}

function readCommands(lines: readonly string[], first: number): DocCommand[] {
  const commands: (DocCommand & { readonly output: string[] })[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [, machine, command] = PROMPT.exec(lines[at] ?? "") ?? [];
    if (machine === undefined || command === undefined) {
      commands.at(-1)?.output.push(lines[at] ?? "");
      continue;
    }
    let line = command;
    while (line.endsWith("\\")) line = line.slice(0, -1) + (lines[++at] ?? "").trimStart();
    commands.push({ machine, line, outputAt: first + at + 1, output: [] });
  }
  return commands;
}

/** Returns the commands in code spans at the end of table rows, oldest first. */
export function tableCommands(text: string, program: string): string[] {
  const cell = new RegExp(`\\| \`(${program} .*)\` \\|$`, "gm");
  return [...text.matchAll(cell)].map(([, line = ""]) => line.replaceAll("\\|", "|"));
}

/** Returns the code spans of a page, without its blocks and comments. */
export function codeSpans(text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```$/gm, "").replaceAll(/^<!--.*-->$/gm, "");
  return [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
}

/** Returns the links of a page to files of this repository. */
export function localLinks(text: string): { readonly path: string; readonly anchor: string }[] {
  const links = text.matchAll(/\]\((?!https?:)([^)#\s]*)#?([^)\s]*)\)/g);
  return [...links].map(([, path = "", anchor = ""]) => ({ path, anchor }));
}

/** Returns the anchors of a page's headings, as GitHub and GitLab make them. */
export function headingAnchors(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return headings.map((heading) =>
    heading.toLowerCase().replaceAll(/[^\w\s-]/g, "").replaceAll(/\s/g, "-")
  );
}
