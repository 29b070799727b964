/**
 * Option names of other tools, with the equivalent here: pdsh, clush, Ansible ad-hoc, Salt, Choria
 * (also `mco`) and ssh. Also values that show that an option was taken for another tool's.
 * @module
 */

/** A tool whose options people try here. */
export type ForeignTool = "pdsh" | "clush" | "ansible" | "salt" | "choria" | "ssh";

/** An option of other tools. */
export interface ForeignOption {
  /** Its names. None of them is an option here, or only of other commands. */
  readonly names: readonly string[];
  /** The tools that have it. */
  readonly tools: readonly ForeignTool[];
  /** The options here that do the same, the likeliest first. Used where the command has them. */
  readonly ours?: readonly string[];
  /** The hint if no option here does the same. Used by commands that take a target. */
  readonly advice?: string;
}

const NO_SSH = "there is no ssh here: agents connect to the hub (--hub, --listen)";
const NO_INVENTORY =
  "there is no inventory: hosts are the agents that have attached (nanotrigger hosts)";
const NO_MODULES =
  "there are no modules: write the command last, or use --shell 'LINE' or --script FILE";

/** The table. Letters that are options of `run` are missing: they never are unknown. */
export const foreignOptions: readonly ForeignOption[] = [
  // hosts
  {
    names: ["-I", "--wi", "--with-identity", "--identity", "--list"],
    tools: ["choria", "salt"],
    ours: ["-w"],
  },
  { names: ["-W", "--with"], tools: ["choria"], ours: ["--select"] },
  { names: ["--wc", "--with-class", "--nodegroup"], tools: ["choria", "salt"], ours: ["-g"] },
  { names: ["-E", "--pcre"], tools: ["salt"], ours: ["-w '/REGEX/'"] },
  {
    names: ["-G", "--grain", "-P", "--grain-pcre", "--wf", "--with-fact"],
    tools: ["salt", "choria"],
    ours: ["-F"],
  },
  { names: ["--compound"], tools: ["salt"], ours: ["--select"] },
  { names: ["-C"], tools: ["salt", "ansible"], ours: ["--select", "--dry-run"] },
  { names: ["-X"], tools: ["pdsh", "clush"], ours: ["-x @GROUP"] },
  { names: ["-H", "--hostfile", "--machinefile", "--hosts"], tools: ["clush"], ours: ["-w ^FILE"] },
  { names: ["-s", "--groupsource"], tools: ["clush"], ours: ["-g SOURCE:GROUP"] },
  {
    names: ["--pick", "--subset", "--limit-nodes", "--ln"],
    tools: ["clush", "salt", "choria"],
    ours: ["--limit"],
  },
  { names: ["-1", "--one"], tools: ["choria"], ours: ["--limit 1"] },
  { names: ["--preview-target"], tools: ["salt"], ours: ["--list-hosts"] },
  { names: ["--inventory", "--inventory-file"], tools: ["ansible"], advice: NO_INVENTORY },
  {
    names: ["-i"],
    tools: ["ansible", "ssh"],
    advice: "for a key write --key FILE (ssh -i), for hosts -w SET (ansible -i)",
  },
  // time
  { names: ["-T", "--timeout"], tools: ["ansible", "salt", "choria"], ours: ["-t"] },
  {
    names: ["--connect_timeout", "--connect-timeout", "--discovery-timeout", "--dt"],
    tools: ["clush", "choria"],
    ours: ["-t"],
  },
  {
    names: ["--command_timeout", "--command-timeout", "--task-timeout"],
    tools: ["clush", "ansible"],
    ours: ["-u"],
  },
  // user
  {
    names: ["--become", "--sudo", "--su"],
    tools: ["ansible"],
    ours: ["-l root"],
  },
  {
    names: ["--user", "--become-user", "--sudo-user", "--su-user", "-U", "--remote-user"],
    tools: ["ansible", "clush"],
    ours: ["-l"],
  },
  {
    names: ["-K", "--ask-pass", "--ask-become-pass", "--ask-sudo-pass", "--become-method"],
    tools: ["ansible"],
    advice: "no password is used: the agent runs the command as -l USER if its policy allows it",
  },
  { names: ["--private-key", "--key-file"], tools: ["ansible"], ours: ["--key"] },
  // what runs
  {
    names: ["-m", "--module-name", "--module", "-M", "--module-path"],
    tools: ["ansible"],
    advice: NO_MODULES,
  },
  { names: ["-e", "--extra-vars"], tools: ["ansible"], ours: ["--env NAME=VALUE"] },
  { names: ["-c", "--command"], tools: ["pdsh", "ssh"], ours: ["--shell 'LINE'"] },
  { names: ["--args"], tools: ["ansible"], advice: NO_MODULES },
  { names: ["--check"], tools: ["ansible"], ours: ["--dry-run"] },
  { names: ["-D"], tools: ["ansible"], ours: ["--diff"] },
  {
    names: ["--copy", "--push"],
    tools: ["clush"],
    advice: "files have their own command: nanotrigger copy",
  },
  {
    names: ["--rcopy", "--pull"],
    tools: ["clush"],
    advice: "files have their own command: nanotrigger fetch",
  },
  // how many at once
  { names: ["--fork", "--forks", "--worker-fanout"], tools: ["ansible", "clush"], ours: ["-f"] },
  { names: ["--batch-size"], tools: ["salt"], ours: ["--batch"] },
  {
    names: ["--batch-sleep", "--batch-sleep-time", "--bs"],
    tools: ["choria"],
    ours: ["--batch-wait"],
  },
  { names: ["--failhard", "--hard-crash"], tools: ["salt"], ours: ["-k"] },
  // results
  {
    names: ["--background", "--reply-to", "--no-results", "--nr"],
    tools: ["ansible", "choria"],
    ours: ["--async"],
  },
  {
    names: ["--poll"],
    tools: ["ansible"],
    ours: ["--async"],
  },
  { names: ["--out", "--output", "--json-output"], tools: ["salt"], ours: ["-j"] },
  {
    names: ["--out-file", "--output-file", "--tree"],
    tools: ["salt", "ansible"],
    ours: ["--outdir"],
  },
  { names: ["-d"], tools: ["choria"], ours: ["--outdir"] },
  { names: ["-o", "--one-line"], tools: ["ansible", "ssh", "clush"], ours: ["-L"] },
  { names: ["-r", "--regroup"], tools: ["clush"], ours: ["-b"] },
  { names: ["--static"], tools: ["salt"], ours: ["-b"] },
  { names: ["--np", "--no-progress-bar"], tools: ["choria"], ours: ["--no-progress"] },
  { names: ["--show-jid"], tools: ["salt"], ours: ["--async", "-v"] },
  {
    names: ["--no-color", "--no-colour", "--nocolor", "--color", "--force-color"],
    tools: ["salt", "clush"],
    advice: "colors follow the terminal; NO_COLOR=1 in the environment turns them off",
  },
  { names: ["-V"], tools: ["pdsh"], advice: "did you mean --version? write nanotrigger --version" },
  // connection
  {
    names: ["-R", "--worker", "--connection", "--ssh-common-args", "--ssh-extra-args", "--options"],
    tools: ["pdsh", "clush", "ansible"],
    advice: NO_SSH,
  },
  { names: ["-p", "--port", "-J", "-A", "-4", "-6"], tools: ["ssh"], advice: NO_SSH },
];

/** An option that every command with a target has. Only such commands get advice. */
const TARGET_OPTION = "--host";

/**
 * Returns the hint for another tool's `option` in a command with the options `known`; `undefined`
 * if the option is no other tool's, or nothing in this command is like it.
 */
export function foreignOptionHint(
  option: string,
  known: { has(option: string): boolean },
): string | undefined {
  const found = foreignOptions.find(({ names }) => names.includes(option));
  const ours = found?.ours?.filter((each) => known.has(each.split(" ")[0] ?? "")) ?? [];
  if (ours.length > 0) return `did you mean ${ours.join(" or ")}?`;
  return known.has(TARGET_OPTION) ? found?.advice : undefined;
}

/** A value that suggests that the writer took an option for another tool's. */
interface MistakenValue {
  readonly names: readonly string[];
  /** Whether the value belongs to the other meaning. */
  readonly pattern: RegExp;
  /** Returns the hint for the value, which is quoted for the shell. */
  readonly hint: (value: string) => string;
}

const MISTAKEN_VALUES: readonly MistakenValue[] = [
  { // ansible -u, ssh USER
    names: ["-u", "--run-timeout"],
    pattern: /^[a-z_][a-z0-9_-]*$/,
    hint: (user) => `did you mean -l ${user}? -u limits the run time`,
  },
  { // ansible -t DIR
    names: ["-t", "--delivery-timeout"],
    pattern: /[/a-z]{3}/i,
    hint: (folder) => `did you mean --outdir ${folder}? -t is a time: 90, 5m, 2h`,
  },
  { // ansible --limit PATTERN
    names: ["--limit"],
    pattern: /[a-z@*]/i,
    hint: (set) => `did you mean -w ${set}? --limit N picks N hosts at random`,
  },
  { // ansible -l PATTERN
    names: ["-l", "--login"],
    pattern: /[[\]*,@]/,
    hint: (set) => `did you mean -w ${set}? -l is the user on the hosts`,
  },
  {
    names: ["-h", "--host"],
    pattern: /[[\]*,@]/,
    hint: (set) => `did you mean -w ${set}? --host takes one name`,
  },
];

/** Returns the hint for a refused `value` of `option` that suits the same option of another tool. */
export function foreignValueHint(option: string, value: string): string | undefined {
  const found = MISTAKEN_VALUES.find(({ names, pattern }) =>
    names.includes(option) && pattern.test(value)
  );
  return found?.hint(/^[\w@./:-]+$/.test(value) ? value : `'${value}'`);
}
