/** R-PRV-2: every envelope passes the door, is rebuilt from what may leave, and waits until the rules are there. */

// Nothing here looks at a page, and a page costs seconds.
// @vitest-environment node

import type { Envelope, Transport } from '@sentry/core'
import { expect, test, vi } from 'vitest'
import { doorTo } from '../src/observability/door'
import { LEVELS } from '../src/observability/level'
import { scrubberOf } from '../src/observability/privacy'
import { words } from '../src/observability/words'

const EVENT = {
  event_id: 'a'.repeat(32),
  level: 'error',
  exception: {
    values: [{
      type: 'TypeError',
      value: 'Anna Schmidt anna@clinic.example failed',
      stacktrace: { frames: [{ filename: 'https://app.example/static/index-abc.js?v=anna', function: 'async run', lineno: 3, vars: { name: 'Anna' } }] },
    }],
  },
  request: { url: 'https://app.example/items/anna?token=hunter2#anna', headers: { 'User-Agent': 'x', Cookie: 'sid=hunter2' } },
  user: { id: '17', email: 'anna@clinic.example', ip_address: '203.0.113.9' },
  server_name: 'anna-laptop',
}

function envelope(type: string, payload: unknown, headers: object = {}): Envelope {
  return [{ event_id: 'a'.repeat(32), ...headers }, [[{ type }, payload]]] as unknown as Envelope
}

test.each(LEVELS)('%s: an event keeps type, stack and route, and loses who and what', (level) => {
  const scrub = scrubberOf(level, ['/items/:item'])
  const sent = JSON.stringify(scrub(envelope('event', EVENT)))
  for (const kept of ['TypeError', 'https://app.example/static/index-abc.js', 'async run', '"lineno":3']) expect(sent).toContain(kept)
  for (const lost of ['anna@', 'hunter2', '203.0.113.9', 'laptop', 'vars', 'Cookie']) expect(sent).not.toContain(lost)
  expect(/anna/i.test(sent)).toBe(level === 'standard')
})

test.each(LEVELS)('%s: what the code says in a message stays, what data says is judged', (level) => {
  const value = words`order ${'Anna Schmidt'} took ${12} ms`
  const sent = JSON.stringify(scrubberOf(level, [])(envelope('event', { exception: { values: [{ type: 'Error', value }] } })))
  expect(sent).toContain('took 12 ms')
  expect(sent.includes('Anna')).toBe(level === 'standard')
})

test.each(['Failed to fetch', "Cannot read properties of undefined (reading '[..]')"])('the browser itself may say: %s', (value) => {
  const sent = JSON.stringify(scrubberOf('hipaa', [])(envelope('event', { exception: { values: [{ type: 'TypeError', value: value.replace('[..]', 'anna') }] } })))
  expect(sent).toContain(value)
})

test('only a pseudonym is a user at gdpr and hipaa', () => {
  const pseudonym = `u-${'0123456789abcdef'.repeat(2)}`
  const sent = (id: string): string => JSON.stringify(scrubberOf('hipaa', [])(envelope('event', { user: { id } })))
  expect(sent(pseudonym)).toContain(pseudonym)
  expect(sent('anna-17')).not.toContain('anna')
})

test('a session, which no hook sees, has no person in it', () => {
  const session = { sid: 'b'.repeat(32), did: 'anna@clinic.example', status: 'ok', attrs: { release: 'shop@1.2.3', ip_address: '203.0.113.9', user_agent: 'x' } }
  const sent = JSON.stringify(scrubberOf('gdpr', [])(envelope('session', session)))
  expect(sent).toContain('shop@1.2.3')
  expect(sent).not.toMatch(/anna|203\.0|user_agent/)
})

test.each(['attachment', 'feedback', 'profile', 'unheard_of'])('a type that the page does not send does not leave: %s', (type) => {
  for (const level of LEVELS) expect(scrubberOf(level, [])(envelope(type, { message: 'x' }))).toBeUndefined()
})

const RECORDING = `{"segment_id":0}\n${JSON.stringify([
  { type: 4, data: { href: 'https://app.example/items/anna?token=hunter2', width: 1 } },
  { type: 2, data: { node: { tagName: 'a', attributes: { href: '/items/anna?token=hunter2' } } } },
  { type: 5, data: { tag: 'performanceSpan', payload: { description: 'https://app.example/orders?token=hunter2' } } },
])}`

test.each(['standard', 'gdpr'] as const)('%s: a recording has no address with data in it', (level) => {
  const sent = JSON.stringify(scrubberOf(level, [])(envelope('replay_recording', RECORDING)))
  expect(sent).toContain('width')
  expect(sent).not.toContain('hunter2')
})

test('what cannot be read of a recording does not leave, and nothing of it at hipaa', () => {
  expect(scrubberOf('gdpr', [])(envelope('replay_recording', new Uint8Array([1])))).toBeUndefined()
  expect(scrubberOf('hipaa', [])(envelope('replay_recording', RECORDING))).toBeUndefined()
})

test('an item that cannot be scrubbed is dropped, the rest goes on', () => {
  const broken = { get exception() { throw new Error('Anna') } }
  const both = [{}, [[{ type: 'event' }, broken], [{ type: 'event' }, { level: 'error' }]]] as unknown as Envelope
  expect(scrubberOf('gdpr', [])(both)?.[1]).toHaveLength(1)
})

test('the door is shut until the rules are there', async () => {
  const send = vi.fn<Transport['send']>(() => Promise.resolve({}))
  let open: (scrub: (given: Envelope) => Envelope | undefined) => void = () => undefined
  const door = doorTo({ send, flush: () => Promise.resolve(true) }, new Promise((done) => { open = done }))
  const sending = door.send(envelope('event', EVENT))
  await Promise.resolve()
  expect(send).not.toHaveBeenCalled()
  open(scrubberOf('hipaa', []))
  await sending
  expect(send).toHaveBeenCalledOnce()
  expect(JSON.stringify(send.mock.calls)).not.toContain('anna')
})
