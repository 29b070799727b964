/**
 * What the system tells of this host.
 * @module
 */
import { VERSION } from "./program/build_info.ts";

const OS_RELEASE = "/etc/os-release";
const MEBIBYTE = 1_048_576;

/**
 * Facts by name, for targets such as `os=linux and memory > 8000`: the memory is in MiB, `ip` is the
 * first address that others can reach, and what is not known is left out.
 */
export async function ownFacts(): Promise<Readonly<Record<string, string>>> {
  const { os, arch } = Deno.build;
  const { ID, VERSION_ID } = await osRelease();
  const ip = ownAddress();
  return {
    os,
    arch,
    kernel: Deno.osRelease(),
    ...(ID !== undefined && { distro: ID }),
    ...(VERSION_ID !== undefined && { release: VERSION_ID }),
    cpus: String(navigator.hardwareConcurrency),
    memory: String(Math.round(Deno.systemMemoryInfo().total / MEBIBYTE)),
    ...(ip !== undefined && { ip }),
    agent: VERSION,
  };
}

/** The variables of os-release(5); none where there is no such file. */
async function osRelease(): Promise<Readonly<Partial<Record<string, string>>>> {
  const text = await Deno.readTextFile(OS_RELEASE).catch(() => "");
  const entries = text.split("\n").flatMap((line) => {
    const [, name, value] = /^([A-Z_]+)=["']?([^"']+)["']?$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(entries);
}

/** IPv4 first, since that is what people compare. */
function ownAddress(): string | undefined {
  const reachable = Deno.networkInterfaces()
    .map(({ address }) => address)
    .filter((address) => !/^(127\.|169\.254\.|::1$|fe80:)/i.test(address));
  return reachable.find((address) => address.includes(".")) ?? reachable[0];
}
