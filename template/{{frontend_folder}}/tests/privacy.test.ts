/** R-WEB-2, R-PRV-8: the browser answers the cases of the service alike, at every level. */

// Nothing here looks at a page, and a page costs seconds.
// @vitest-environment node

import { expect, test } from 'vitest'
import cases from '../../tests/privacy/cases.json' with { type: 'json' }
import { LEVELS, type Level } from '../src/observability/level'
import { verdict } from '../src/observability/privacy/keys'
import { Pass, Rules, type Data } from '../src/observability/privacy/pass'

type Case = { input: unknown; expected?: unknown } & { [level in Level]?: unknown }

const READ: Record<string, (rules: Rules, input: never) => unknown> = {
  values: (rules, text: string) => rules.values.scan(text),
  texts: (rules, text: string) => new Pass(rules).scan(text),
  urls: (rules, text: string) => rules.addresses.url(text),
  filled: (rules, text: string) => rules.values.scan(text, true),
  queries: (rules, text: string) => rules.addresses.query(text),
  request_lines: (rules, text: string) => rules.addresses.requestLine(text) ?? null,
  data: (rules, data: Data) => {
    const pass = new Pass(rules)
    return pass.finish(pass.bag(data))
  },
}

test('keys are judged as the cases say', () => {
  for (const { input, answer, class: cls } of cases.keys) expect(verdict(input), input).toMatchObject({ answer, cls })
})

test.each(LEVELS.flatMap((level) => Object.keys(READ).map((kind) => [level, kind] as const)))(
  '%s does with %s what the cases say',
  (level, kind) => {
    const rules = new Rules(level)
    for (const row of (cases as unknown as Record<string, Case[]>)[kind] ?? []) {
      const expected = 'expected' in row ? row.expected : row[level]
      expect(READ[kind]?.(rules, row.input as never), JSON.stringify(row.input)).toEqual(expected)
    }
  },
)

test('no kind of case is left out', () => {
  expect(new Set(Object.keys(cases))).toEqual(new Set(['about', 'keys', ...Object.keys(READ)]))
})
