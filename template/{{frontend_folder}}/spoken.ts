/**
 * The sentences of the page's own code, written beside the built page.
 *
 * A browser that sends through the API's tunnel says which words are the code's, but anybody could say so. The API
 * believes its own build.
 */

import type { Plugin } from 'vite'

const SENTENCE = /\bwords`((?:[^`\\]|\\.)*)`/g
const HOLE = /\$\{[^{}]*\}/

/** Collects every `words` template; the pieces between its holes become a line of `words.json`. */
export function spoken(): Plugin {
  const sentences = new Map<string, string[]>()
  return {
    name: 'spoken',
    apply: 'build',
    enforce: 'pre',
    transform(code, id) {
      if (id.includes('node_modules')) return
      for (const [, sentence = ''] of code.matchAll(SENTENCE)) sentences.set(sentence, sentence.split(HOLE))
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'words.json', source: JSON.stringify([...sentences.values()]) })
    },
  }
}
