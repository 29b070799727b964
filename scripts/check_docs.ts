/**
 * Checks that every exported name of the given files has a docstring, with `deno doc --lint`. A
 * discriminator `kind` needs none: the docstring of its type says what it stands for. Prints the
 * complaints and exits with 1 if there is one.
 *
 *     deno task doc
 * @module
 */

/** A property named `kind`, in the line of source that a complaint shows. */
const DISCRIMINATOR = /^\d+ \|\s+readonly kind: /m;

/**
 * Picks the complaints from what `deno doc --lint` prints without colours, except those about
 * discriminators without a docstring.
 */
export function findComplaints(printed: string): string[] {
  return printed.split(/^(?=error\b)/m)
    .filter((part) => part.startsWith("error["))
    .filter((part) => !(part.startsWith("error[missing-jsdoc]") && DISCRIMINATOR.test(part)))
    .map((part) => part.trimEnd());
}

async function main(files: readonly string[]): Promise<number> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...files],
    env: { NO_COLOR: "1" },
    stdout: "null",
  }).output();
  const printed = new TextDecoder().decode(stderr);
  // Without a complaint that has a code, deno has failed for another reason.
  const complaints = code === 0 || printed.includes("error[") ? findComplaints(printed) : [printed];
  for (const complaint of complaints) console.error(`${complaint}\n`);
  return complaints.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
