/**
 * Masks in output what differs on every host or at every moment, such as host names, times, process
 * ids and addresses, so that outputs that say the same become equal. A checksum is masked like any
 * other long hex number, so outputs that must be equal to the last character are compared without
 * it.
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

/** At least one digit and two colons. */
const IPV6 =
  /(?<![\w:.])(?=:*[\da-f])(?=(?:[\da-f]*:){2})[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}(?![\w:])(?:%\w+)?/gi;

const OCTET = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
/** A version such as 2.6.31.6-145 is no address: rather no mask than a wrong one. */
const IPV4 = new RegExp(`(?<![\\w.-])(?:${OCTET}\\.){3}${OCTET}(?!\\.?[\\w-])`, "g");

/** In this order: an address would take a time of day for its own, and an id a MAC address. */
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
 * Masks what `node` has printed: its own name, times and dates, process ids, IP and MAC addresses,
 * hex ids, and what the expressions of `more` find, which are tried first and must be global. Bytes
 * that are not UTF-8 stay as they are.
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
  const mask = (text: string) =>
    rules.reduce((masked, [pattern, by]) => masked.replace(pattern, by), text);
  const text = textOf(output);
  return text === undefined ? encodeLatin1(mask(decodeLatin1(output))) : encodeUtf8(mask(text));
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch {
    return undefined;
  }
}

/** The whole name and, of one with a domain, the first part; the first part of an address is none. */
function nameRules(node: string): readonly Rule[] {
  const [first = ""] = node.split(".");
  const names = first !== node && /[A-Za-z]/.test(first) ? [node, first] : [node];
  return names.map((name): Rule => [
    new RegExp(`(?<![\\w-])${RegExp.escape(name)}(?![\\w-])`, "gi"),
    "<host>",
  ]);
}
