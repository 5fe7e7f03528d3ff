/**
 * Words that the code itself says: what may leave of a message at gdpr and hipaa.
 *
 * Python reads them from the code object that made a message. A browser's code has none, so `words` says it:
 *
 *     throw new Error(words`order ${id} took ${ms} ms`)   // leaves as "order [..] took 12 ms"
 */

import { safeHole } from './privacy/shapes'

const HOLE = '[..]'
const MOST = 1_000

/** Full text -> what of it may leave. */
const said = new Map<string, string>()

/** The text of a template literal, remembered with its holes judged. */
export function words(pieces: TemplateStringsArray, ...holes: unknown[]): string {
  const full = String.raw({ raw: pieces }, ...holes)
  const safe = String.raw({ raw: pieces }, ...holes.map((hole) => judgedHole(String(hole))))
  if (said.size >= MOST) said.clear()
  said.set(full, safe).set(safe, safe)
  return full
}

/** What of a text may leave because the code said it; undefined for any other text. */
export function saidByCode(text: string): string | undefined {
  return said.get(text)
}

/** A filled-in part of a message as it may leave: itself when as a whole it cannot be personal. */
export function judgedHole(hole: string): string {
  return safeHole(hole) ? hole : HOLE
}
