/**
 * What an agent says of its host.
 * @module
 */

/** Facts by name, for targets such as `os=linux and arch=x86_64`. */
export function ownFacts(): Readonly<Record<string, string>> {
  const { os, arch } = Deno.build;
  return { os, arch, kernel: Deno.osRelease() };
}
