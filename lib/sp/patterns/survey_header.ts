/**
 * The header of surveys and answers: any number of 32-bit hop words with a clear top bit, then the
 * survey id with its top bit set (sp-surveyor, sp-reqrep). A respondent sends the header back
 * unchanged.
 * @module
 */

/** How many words a stack may have, the id included: the default TTL of all implementations. */
export const MAX_HEADER_WORDS = 8;

const WORD_BYTES = 4;
const ID_BIT = 0x80000000;

/** A survey or an answer, taken apart. Both parts share memory with the payload. */
export interface SurveyMessage {
  /** The whole stack: hop words, then the id. An answer carries it back unchanged. */
  readonly header: Uint8Array;
  /** What follows the stack. */
  readonly body: Uint8Array;
}

/**
 * Takes a payload apart at its survey id.
 *
 * @returns `undefined` when no id ends the stack within {@linkcode MAX_HEADER_WORDS} words: such a
 * message is to be dropped and the connection kept
 */
export function splitSurveyMessage(payload: Uint8Array): SurveyMessage | undefined {
  for (
    let end = WORD_BYTES;
    end <= MAX_HEADER_WORDS * WORD_BYTES && end <= payload.length;
    end += WORD_BYTES
  ) {
    const topByte = payload[end - WORD_BYTES] ?? 0;
    if (topByte >= 0x80) return { header: payload.subarray(0, end), body: payload.subarray(end) };
  }
  return undefined;
}

/** The stack of an end node: just the id, its top bit set. `id` counts modulo 2^31. */
export function encodeSurveyId(id: number): Uint8Array<ArrayBuffer> {
  const word = new Uint8Array(WORD_BYTES);
  new DataView(word.buffer).setUint32(0, (id | ID_BIT) >>> 0);
  return word;
}

/**
 * The id of an answer that came straight from a respondent.
 *
 * @returns the 31-bit id, or `undefined` when `header` has hop words: such an answer was meant
 * for a device, not for us
 */
export function decodeSurveyId(header: Uint8Array): number | undefined {
  if (header.length !== WORD_BYTES) return undefined;
  const word = new DataView(header.buffer, header.byteOffset, WORD_BYTES).getUint32(0);
  return word >= ID_BIT ? word - ID_BIT : undefined;
}

/** A random 31-bit number to begin counting survey ids from. */
export function randomSurveyId(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) & ~ID_BIT;
}
