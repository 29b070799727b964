/**
 * Globs on node names: `*` is any text, `?` any one character. Imports nothing.
 * @module
 */

/**
 * Tells whether the whole of `name` matches `glob`. Takes at most the product of both lengths.
 *
 * Only the last `*` is ever tried again: what an earlier one could take more, this one can too.
 */
export function matchesGlob(glob: string, name: string): boolean {
  let inGlob = 0;
  let inName = 0;
  let afterStar: number | undefined;
  let starTook = 0;
  while (inName < name.length) {
    if (glob[inGlob] === "*") {
      afterStar = ++inGlob;
      starTook = inName;
    } else if (glob[inGlob] === "?" || glob[inGlob] === name[inName]) {
      inGlob++;
      inName++;
    } else if (afterStar !== undefined) {
      inGlob = afterStar;
      inName = ++starTook;
    } else {
      return false;
    }
  }
  return glob.slice(inGlob).replaceAll("*", "") === "";
}
