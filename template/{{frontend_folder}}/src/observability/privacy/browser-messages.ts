/** Messages that browsers themselves build, from the catalogue; with minified code even names in them can be data. */

import { judgedHole } from '../words'
import { BROWSER_MESSAGES } from './catalogue'

const LONGEST = 500

const TEMPLATES = BROWSER_MESSAGES.map((template) => {
  const pieces = template.split(/\{(?:name)?\}/)
  const escaped = pieces.map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return { pieces, regex: new RegExp(`^${escaped.join('([^]*?)')}$`) }
})

/** The message with its holes judged, or undefined for a text that no browser builds. */
export function browserMessage(text: string): string | undefined {
  if (text.length > LONGEST) return undefined
  for (const { pieces, regex } of TEMPLATES) {
    const match = regex.exec(text)
    if (match) return String.raw({ raw: pieces }, ...match.slice(1).map(judgedHole))
  }
  return undefined
}
