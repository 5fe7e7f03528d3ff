/** Values seen under a sensitive key, and their removal from every other text of the same item (`learned.py`). */

const SHORTEST = 4
const LONGEST = 400
const MOST = 100
const TOO_COMMON = new Set(
  'true false none null male female other unknown test yes email phone name password token user admin default example value string object integer number standard gdpr hipaa production development'.split(' '),
)
const ALNUM = /[\p{L}\p{N}]/u

/** A bounded set of values with their markers; the longest are removed first. */
export class Learned {
  readonly #markers = new Map<string, string>()

  /** Remember `value`; `parts` also teaches each capitalised word of a person's name. */
  teach(value: string, marker: string, parts = false): void {
    const text = value.trim().slice(0, LONGEST)
    this.#add(text, marker, SHORTEST)
    if (!parts || !text.includes(' ') || text.length > 80) return
    for (const word of text.replaceAll(',', ' ').split(/\s+/)) {
      if (/^\p{Lu}/u.test(word)) this.#add(word, marker, 3)
    }
  }

  #add(text: string, marker: string, shortest: number): void {
    if (text.length < shortest || this.#markers.size >= MOST || this.#markers.has(text)) return
    if (TOO_COMMON.has(text.toLowerCase()) || /^\[.*\]$/.test(text) || !ALNUM.test(text)) return
    this.#markers.set(text, marker)
  }

  /** `text` without any learned value that stands alone in it (long values: anywhere). */
  remove(text: string): string {
    if (this.#markers.size === 0 || text.length < 2) return text
    return this.#forms().reduce((cleaned, [value, marker]) => cut(cleaned, value, marker), text)
  }

  #forms(): [string, string][] {
    const forms = new Map<string, string>()
    for (const [text, marker] of this.#markers) {
      const encoded = encodeURIComponent(text)
      for (const form of [text, encoded, encoded.replaceAll('%20', '+'), JSON.stringify(text).slice(1, -1)]) {
        if (!forms.has(form.toLowerCase())) forms.set(form.toLowerCase(), marker)
      }
    }
    return [...forms].toSorted(([first], [second]) => second.length - first.length)
  }
}

function alnum(char: string | undefined): boolean {
  return char !== undefined && ALNUM.test(char)
}

function cut(text: string, value: string, marker: string): string {
  const lower = text.toLowerCase()
  if (lower.length !== text.length || !lower.includes(value)) return text
  let out = ''
  let done = 0
  for (let start = lower.indexOf(value); start >= 0; start = lower.indexOf(value, start + 1)) {
    const end = start + value.length
    if (start < done) continue
    const inside = (alnum(lower[start - 1]) && alnum(value[0])) || (alnum(lower[end]) && alnum(value.at(-1)))
    if (inside && value.length < 10) continue
    out += text.slice(done, start) + marker
    done = end
  }
  return done === 0 ? text : out + text.slice(done)
}
