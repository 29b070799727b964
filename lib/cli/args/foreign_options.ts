/**
 * Option names of pdsh, clush, Salt, Choria and Ansible, with the equivalent options of nanoexec.
 * @module
 */

/** Equivalent options by foreign name. Letters that have another meaning here are left out. */
const EQUIVALENTS: ReadonlyMap<string, string> = new Map([
  // targets
  ["-I", "-w"],
  ["-E", "-w '/REGEX/'"],
  ["-G", "-F"],
  ["-C", "--select"],
  ["--pick", "--limit"],
  ["--subset", "--limit"],
  ["--preview-target", "--list-hosts"],
  // how it runs
  ["-T", "-t"],
  ["--timeout", "-t"],
  ["--connect_timeout", "-t"],
  ["--command_timeout", "-u"],
  ["--task-timeout", "-u"],
  ["--user", "-l"],
  ["--become-user", "-l"],
  ["--check", "--dry-run"],
  // how many at once
  ["--forks", "-f"],
  ["--batch-size", "--batch"],
  ["--batch-sleep", "--batch-wait"],
  ["--failhard", "-k"],
  // output
  ["--background", "--async"],
  ["--reply-to", "--async"],
  ["--out", "-j"],
  ["--out-file", "--outdir"],
  ["--tree", "--outdir"],
  ["-d", "--outdir"],
  ["--np", "--no-progress"],
]);

/**
 * Returns the equivalent of another tool's `option`, with its value syntax; `undefined` if unknown.
 */
export function equivalentOption(option: string): string | undefined {
  return EQUIVALENTS.get(option);
}
