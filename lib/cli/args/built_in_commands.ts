/**
 * The commands that every program has: `help`, `completion` and `man`.
 * @module
 */
import { object } from "@optique/core/constructs";
import { type Command, defineCommand } from "./command.ts";

/** The name of a command that every program has. */
export type BuiltInName = "help" | "completion" | "man";

/** The names of these commands, in the order of the help. */
export const builtInNames: readonly BuiltInName[] = ["help", "completion", "man"];

/** A command of every program. Its options are its operands. */
export interface BuiltInCommand extends Command<readonly string[]> {
  /** The name. */
  readonly name: BuiltInName;
}

/** Returns the built-in commands of `program`, with `command` as the example of a command. */
export function builtInCommands(
  { name: program, commands }: {
    readonly name: string;
    readonly commands: readonly { readonly name: string }[];
  },
): readonly BuiltInCommand[] {
  const command = commands[0]?.name ?? "";
  return [
    builtIn("help", {
      brief: "show all options",
      synopsis: ["[COMMAND]"],
      examples: [
        { command: `${program} help ${command}`, purpose: "all options of a command" },
        { command: `${program} help`, purpose: "the list of commands" },
      ],
    }),
    builtIn("completion", {
      brief: "print shell completions",
      synopsis: ["bash|zsh|fish"],
      topics: [{
        title: "Installation",
        text: [
          "Evaluate the script at the start of the shell, or save it where the shell finds it.",
        ],
      }],
      examples: [
        { command: `${program} completion bash`, purpose: "for ~/.bashrc" },
        { command: `${program} completion zsh`, purpose: "for ~/.zshrc" },
        { command: `${program} completion fish`, purpose: "for config.fish" },
      ],
      takesCommand: true,
    }),
    builtIn("man", {
      brief: "print a manual page",
      synopsis: ["[COMMAND]"],
      topics: [{
        title: "Output",
        text: ["The page is roff source: pipe it to man, or save it where man finds pages."],
      }],
      examples: [
        { command: `${program} man | man -l -`, purpose: "read the overview" },
        {
          command: `${program} man ${command} > ${program}-${command}.1`,
          purpose: "save the page of a command",
        },
      ],
    }),
  ];
}

type BuiltInSpec = Pick<
  Command<unknown>,
  "brief" | "synopsis" | "topics" | "examples" | "takesCommand"
>;

function builtIn(name: BuiltInName, spec: BuiltInSpec): BuiltInCommand {
  const command = defineCommand({
    ...spec,
    name,
    parser: () => object({}),
    interpret: (_none, operands) => operands,
  });
  return { ...command, name };
}
