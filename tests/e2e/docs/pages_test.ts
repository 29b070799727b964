/**
 * Runs every session in README.md and `docs/`, and compares the output. With `-- --update`
 * (`deno task docs:update`) it writes new output into the pages instead.
 * @module
 */
import assert from "node:assert/strict";
import { checkCommandLine, knownOptions } from "../../support/docs/doc_options.ts";
import { type DocStage, openStage } from "../../support/docs/doc_stage.ts";
import {
  codeSpans,
  type DocBlock,
  type DocDirective,
  headingAnchors,
  localLinks,
  readPage,
} from "../../support/docs/markdown.ts";
import { outputMatches, refreshedOutput } from "../../support/docs/output_match.ts";
import { COMPILED, E2E } from "../../support/programs/installation.ts";

const ROOT = new URL("../../../", import.meta.url);
const PAGES = [
  "README.md",
  ...[...Deno.readDirSync(new URL("docs", ROOT))].map(({ name }) => `docs/${name}`).toSorted(),
].filter((path) => path.endsWith(".md"));
const UPDATE = Deno.args.includes("--update");

/** Kinds of blocks that are no commands. */
const TEXTS: ReadonlySet<string> = new Set(["ini", "sh", "text"]);

/** The run of one page. */
class PageRun implements AsyncDisposable {
  readonly lines: string[];
  #stage: DocStage | undefined;
  /** Lines that the page has become longer. */
  #grown = 0;

  constructor(text: string) {
    this.lines = text.split("\n");
  }

  async direct({ name, machine, text }: DocDirective): Promise<void> {
    if (name === "stage") {
      await this[Symbol.asyncDispose]();
      this.#stage = await openStage();
      for (const each of text.split(";")) await this.#stage.start(each);
    } else if (name === "setup") {
      const { code, lines } = await this.stage.run(machine, text);
      assert.equal(code, 0, `setup ${text}: ${lines.join("\n")}`);
    }
  }

  async runBlock(block: DocBlock): Promise<void> {
    const expected = Number(option(block, "status") ?? 0);
    for (const [index, command] of block.commands.entries()) {
      const { code, lines } = await this.stage.run(command.machine, command.line);
      const asked = block.commands[index + 1]?.line === "echo $?";
      if (!asked) assert.equal(code, expected, `${command.line}\n${lines.join("\n")}`);
      if (outputMatches(command.output, lines)) continue;
      if (!UPDATE) {
        assert.deepEqual(lines, command.output, `${command.line}; deno task docs:update`);
      }
      const fresh = refreshedOutput(command.output, lines);
      this.lines.splice(command.outputAt + this.#grown, command.output.length, ...fresh);
      this.#grown += fresh.length - command.output.length;
    }
  }

  get stage(): DocStage {
    return this.#stage ?? assert.fail("no <!-- stage: … --> above");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stage?.[Symbol.asyncDispose]();
    this.#stage = undefined;
  }
}

function option({ directives }: DocBlock, name: string): string | undefined {
  return directives.find((directive) => directive.name === name)?.text;
}

async function doBlock(page: PageRun, block: DocBlock): Promise<void> {
  if (block.language !== "console") {
    assert.ok(TEXTS.has(block.language), `unknown kind of block: ${block.language}`);
    const file = block.directives.find(({ name }) => name === "file");
    if (file) await page.stage.write(file.machine, file.text, `${block.lines.join("\n")}\n`);
    const commands = block.lines.filter((line) => line.startsWith("ExecStart="));
    for (const line of commands) checkCommandLine(line.replace("ExecStart=", ""));
    return;
  }
  assert.ok(block.commands.length > 0, "a session without a command");
  if (option(block, "not run") === undefined) return await page.runBlock(block);
  for (const { line } of block.commands) checkCommandLine(line);
}

/** Returns the options of the tasks for developers. */
async function taskOptions(): Promise<string[]> {
  const scripts = ["compile", "mutate_checks"].map((name) => new URL(`scripts/${name}.ts`, ROOT));
  const texts = await Promise.all(scripts.map((script) => Deno.readTextFile(script)));
  return texts.flatMap((text) => text.match(/(?<=^| |`)--[a-z-]+/gm) ?? []);
}

Deno.test({
  ...E2E,
  name: "README.md has at most 150 lines",
  async fn() {
    const text = await Deno.readTextFile(new URL("README.md", ROOT));
    assert.ok(text.trimEnd().split("\n").length <= 150);
  },
});

for (const path of PAGES) {
  Deno.test({
    ...E2E,
    timeout: 600_000,
    ignore: COMPILED,
    name: `the sessions in ${path} go as written`,
    async fn(t) {
      const url = new URL(path, ROOT);
      const text = await Deno.readTextFile(url);
      await using page = new PageRun(text);
      for (const step of readPage(text)) {
        if (step.kind === "directive") await page.direct(step.directive);
        else await t.step(`${path}:${step.lineNumber}`, () => doBlock(page, step));
      }
      if (UPDATE) await Deno.writeTextFile(url, page.lines.join("\n"));
    },
  });

  Deno.test({
    ...E2E,
    name: `the options in ${path} exist`,
    async fn() {
      const known = new Set([...knownOptions(), ...await taskOptions()]);
      const text = await Deno.readTextFile(new URL(path, ROOT));
      const spans = codeSpans(text).filter((span) => /^(nano(exec|trigger) .*)?--[a-z]/.test(span));
      const names = spans.flatMap((span) => span.match(/(?<=^| )--[a-z-]+/g) ?? []);
      assert.deepEqual(names.filter((name) => !known.has(name)), []);
    },
  });

  Deno.test({
    ...E2E,
    name: `the links in ${path} lead somewhere`,
    async fn() {
      const page = new URL(path, ROOT);
      for (const link of localLinks(await Deno.readTextFile(page))) {
        const target = await Deno.readTextFile(link.path === "" ? page : new URL(link.path, page));
        const known = link.anchor === "" || headingAnchors(target).includes(link.anchor);
        assert.ok(known, `${link.path}#${link.anchor}`);
      }
    },
  });
}
