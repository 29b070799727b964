/**
 * Option names of pdsh, clush, Salt, Choria and Ansible, and the options here that correspond to
 * them.
 * @module
 */

/** Ours by theirs, where the names differ. Letters that mean something else here are not in it. */
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
  // what comes back
  ["--background", "--async"],
  ["--reply-to", "--async"],
  ["--out", "-j"],
  ["--out-file", "--outdir"],
  ["--tree", "--outdir"],
  ["-d", "--outdir"],
  ["--np", "--no-progress"],
]);

/** What `option` of another tool is called here, with what is to be written behind it; if it is known. */
export function equivalentOption(option: string): string | undefined {
  return EQUIVALENTS.get(option);
}
