/**
 * Masks differences between hosts in their output: host names, times, process ids, addresses and hex
 * ids. Outputs that differ only in these become equal. A checksum is masked like any other long hex
 * number, so do not mask outputs whose checksums must be compared.
 * @module
 */
import { decodeLatin1, decodeUtf8, encodeLatin1, encodeUtf8 } from "../../base/bytes.ts";

type Rule = readonly [pattern: RegExp, replacement: string];

const MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}";
const DAY = "(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? )?";
const CLOCK = "\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?(?: ?[AP]M\\b)?";
const ZONE = "(?: ?(?:Z|[A-Z]{3,4}|[+-]\\d{2}:?\\d{2})\\b)?";
const YEAR = "(?: \\d{4}\\b)?";

const TIMES: readonly RegExp[] = [
  `\\b\\d{4}-\\d{2}-\\d{2}[T ]${CLOCK}${ZONE}`,
  `${DAY}\\b\\d{1,2} ${MONTH}\\b${YEAR}(?:,? +${CLOCK}${ZONE})?`,
  `${DAY}\\b${MONTH} +\\d{1,2}\\b(?!:),?${YEAR}(?: +${CLOCK}${ZONE})?${YEAR}`,
  "\\b\\d{4}[-/]\\d{2}[-/]\\d{2}\\b",
  "\\b\\d{1,2}/\\d{1,2}/\\d{4}\\b",
  `(?<![\\w:.])${CLOCK}${ZONE}(?![\\w:])`,
].map((pattern) => new RegExp(pattern, "g"));

const MAC = /\b[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}(?![:-]?\w)/gi;
const UUID = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi;
const HEX = /\b0x[0-9a-f]{4,}\b|\b(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{12,}\b/gi;

/** Requires at least one digit and two colons. */
const IPV6 =
  /(?<![\w:.])(?=:*[\da-f])(?=(?:[\da-f]*:){2})[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}(?![\w:])(?:%\w+)?/gi;

const OCTET = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
/** Does not match a version such as 2.6.31.6-145: a missing mask is better than a wrong one. */
const IPV4 = new RegExp(`(?<![\\w.-])(?:${OCTET}\\.){3}${OCTET}(?!\\.?[\\w-])`, "g");

/** The order matters: the pattern of an IPv6 address also matches a time of day. */
const RULES: readonly Rule[] = [
  [MAC, "<mac>"],
  [UUID, "<id>"],
  ...TIMES.map((pattern): Rule => [pattern, "<time>"]),
  [IPV6, "<ip>"],
  [IPV4, "<ip>"],
  [/(?<=\w)\[\d+\](?=:)/g, "[<pid>]"],
  [/\b(pid|process)([ =:#]+|\[)\d+\b/gi, "$1$2<pid>"],
  [HEX, "<id>"],
];

/**
 * Returns the output of `node` with its name, times and dates, process ids, IP and MAC addresses and
 * hex ids masked. The expressions of `more`, which must be global, are masked first. Bytes that are
 * not UTF-8 do not change.
 */
export function maskOutput(
  node: string,
  output: Uint8Array,
  more: readonly RegExp[] = [],
): Uint8Array {
  const rules: readonly Rule[] = [
    ...more.map((pattern): Rule => [pattern, "<masked>"]),
    ...nameRules(node),
    ...RULES,
  ];
  const maskText = (text: string) =>
    rules.reduce((masked, [pattern, mask]) => masked.replace(pattern, mask), text);
  const text = textOf(output);
  return text === undefined
    ? encodeLatin1(maskText(decodeLatin1(output)))
    : encodeUtf8(maskText(text));
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch {
    return undefined;
  }
}

/** Masks the full name and, before a domain, its first part; an address has no such part. */
function nameRules(node: string): readonly Rule[] {
  const [first = ""] = node.split(".");
  const names = first !== node && /[A-Za-z]/.test(first) ? [node, first] : [node];
  return names.map((name): Rule => [
    new RegExp(`(?<![\\w-])${RegExp.escape(name)}(?![\\w-])`, "gi"),
    "<host>",
  ]);
}
