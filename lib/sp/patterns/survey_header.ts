/**
 * The header of surveys and answers: any number of 32-bit hop words with a clear top bit, then the
 * survey id with its top bit set (sp-surveyor, sp-reqrep). A respondent sends the header back
 * unchanged.
 * @module
 */

/** The maximum number of words in a stack, with the id: the default TTL of all implementations. */
export const MAX_HEADER_WORDS = 8;

const WORD_BYTES = 4;
const ID_BIT = 0x80000000;

/** The parts of a survey or an answer. Both share memory with the payload. */
export interface SurveyMessage {
  /** The whole stack: hop words, then the id. An answer carries it back unchanged. */
  readonly header: Uint8Array;
  /** The rest after the stack. */
  readonly body: Uint8Array;
}

/**
 * Splits a payload behind its survey id.
 *
 * @returns `undefined` when no id ends the stack within {@linkcode MAX_HEADER_WORDS} words: such a
 * message is dropped, and the connection kept
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

/** Encodes the stack of an end node: the id modulo 2^31, with its top bit set. */
export function encodeSurveyId(id: number): Uint8Array<ArrayBuffer> {
  const word = new Uint8Array(WORD_BYTES);
  new DataView(word.buffer).setUint32(0, (id | ID_BIT) >>> 0);
  return word;
}

/**
 * Decodes the id of an answer that has passed no device.
 *
 * @returns the 31-bit id, or `undefined` when `header` has hop words: such an answer is for a
 * device
 */
export function decodeSurveyId(header: Uint8Array): number | undefined {
  if (header.length !== WORD_BYTES) return undefined;
  const word = new DataView(header.buffer, header.byteOffset, WORD_BYTES).getUint32(0);
  return word >= ID_BIT ? word - ID_BIT : undefined;
}

/** Returns a random 31-bit number, the first survey id of a socket. */
export function randomSurveyId(): number {
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) & ~ID_BIT;
}
