/** R-PRV-2: every envelope passes the door, is rebuilt from what may leave, and waits until the rules are there. */

// Nothing here looks at a page, and a page costs seconds.
// @vitest-environment node

import type { Envelope, Transport } from '@sentry/core'
import { expect, test, vi } from 'vitest'
import { doorTo } from '../src/observability/door'
import { LEVELS, type Level } from '../src/observability/level'
import { scrubberOf, type Scrub } from '../src/observability/privacy'
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

test.each(LEVELS)('%s: the release of the page stays, whatever it is called, and no other word', (level) => {
  const scrub = scrubberOf(level, [], 'Autumn')
  const [, [[, own]]] = scrub(envelope('event', { ...EVENT, release: 'Autumn' })) as unknown as [unknown, [[unknown, object]]]
  const [, [[, other]]] = scrub(envelope('event', { ...EVENT, release: 'anna' })) as unknown as [unknown, [[unknown, object]]]
  expect([own, other].map((event) => (event as { release?: string }).release)).toEqual(['Autumn', undefined])
})

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm5hIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV'
const PLANTED = ['Anna Schmidt', 'anna', 'anna@clinic.example', '+49 1515 5550123', '4111111111111111', 'DE89370400440532013000', 'sk_live_4fQkkAbCdEfGh123456', JWT]

/** What leaves of an event with this exception. */
function thrown(level: Level, exception: object): string {
  return JSON.stringify(scrubberOf(level, [])(envelope('event', { exception: { values: [exception] } })))
}

test.each(LEVELS)('%s: a line of a message is no place in code', (level) => {
  for (const text of PLANTED) {
    // As the SDK reads `the room is taken\n    at Anna Schmidt (/visits)\n Anna Schmidt /visits` and `at Anna Schmidt (https://..)`.
    const value = `the room is taken\n    at ${text} (/visits)\n ${text} /visits\n    at ${text} (https://app.example/static/a.js:1:2)`
    const frames = [
      { filename: 'https://app.example/static/index.js', function: 'book', lineno: 3 },
      { filename: '/visits', function: text },
      { filename: '/visits', function: `${text} ` },
      { filename: 'https://app.example/static/a.js', function: text, lineno: 1, colno: 2 },
    ]
    const sent = scrubberOf(level, [])(envelope('event', { exception: { values: [{ type: 'Error', value, stacktrace: { frames } }] } }))
    expect(JSON.stringify(sent)).toContain('"frames":[{"lineno":3,"function":"book","filename":"https://app.example/static/index.js"}]')
  }
})

test.each(LEVELS)('%s: a class and a function are called as code calls them', (level) => {
  const places = ['async Object.run', 'new Form', 'Object.$t [as withScope]', 'HTMLButtonElement.<anonymous>', 'a/b/<', 'n2', 'module code']
  for (const name of places) {
    expect(thrown(level, { type: 'DataCloneError', stacktrace: { frames: [{ filename: 'https://app.example/static/a.js', function: name }] } })).toContain(`"function":"${name}"`)
  }
  for (const text of PLANTED.filter((one) => one !== 'anna')) {
    const frames = [{ filename: 'https://app.example/static/a.js', function: text, lineno: 1, module: text }, { filename: `/${text}`, function: text, lineno: 1 }]
    const sent = thrown(level, { type: text, module: text, mechanism: { type: text, source: text }, stacktrace: { frames } })
    expect(sent).toContain('"type":"Error"')
    expect(sent).not.toContain(text)
  }
})

test.each(LEVELS)('%s: what somebody chose is in no field of the protocol', (level) => {
  for (const text of PLANTED) {
    const ids = Object.fromEntries(
      'environment release dist logger platform level type unit status origin category name version source'.split(' ').map((key) => [key, text]),
    )
    const items: [string, object][] = [
      ['event', { ...ids, sdk: ids, contexts: { trace: { ...ids, trace_id: '0'.repeat(32), span_id: '0'.repeat(16) } }, breadcrumbs: [{ type: text, level: text }, { category: 'fetch', data: { method: text } }, { category: 'navigation', data: { from: text, to: text } }] }],
      ['trace_metric', { items: [{ ...ids, name: 'visits', value: 1 }, { name: 'visits', value: 4111111111111111 }] }],
      ['span', { items: [{ ...ids, name: '/', attributes: { [`http.${text}`]: { value: 7, type: 'integer' }, 'device.number': { value: 4111111111111111, type: 'integer' } }, links: [{ trace_id: '0'.repeat(32), span_id: '4111111111111111' }] }] }],
    ]
    for (const [type, payload] of items) {
      const sent = JSON.stringify(scrubberOf(level, [])(envelope(type, payload)))
      // A word under a route, in a name or a key, is what the level says of texts.
      expect(sent, `${type} ${text}`).not.toContain(level === 'standard' || type === 'span' ? `"${text}"` : text)
      expect(sent, type).not.toContain('4111111111111111')
    }
  }
})

test.each(LEVELS)('%s: an operation is in the words of machines above standard', (level) => {
  const sent = (op: string): string => JSON.stringify(scrubberOf(level, [])(envelope('event', { contexts: { trace: { op } } })))
  for (const op of ['pageload', 'ui.interaction.click', 'browser.dom_content_loaded_event', 'resource.img', 'ui.webvital.lcp']) expect(sent(op)).toContain(op)
  expect(sent('browser.kowalczyk').includes('kowalczyk')).toBe(level === 'standard')
})

test.each(LEVELS)('%s: of an element its kind is told, of other targets what the level says of texts', (level) => {
  const scrub = scrubberOf(level, [])
  const clicked = (message: string): string =>
    JSON.stringify(scrub(envelope('event', { breadcrumbs: [{ category: 'ui.click', message }] })))
  expect(clicked('body > div#anna.anna > button[aria-label="Open [new] > anna"]')).toContain('"body > div > button > *"')
  expect(clicked('x-anna > PatientCard > button[title="a > anna >"]')).toContain('"* > * > button > *"')
  const logged = JSON.stringify(scrub(envelope('log', { items: [{ body: 'visit', attributes: { target: { value: 'Anna Schmidt', type: 'string' }, element: { value: 'Anna Schmidt', type: 'string' } } }] })))
  expect(logged).not.toMatch(level === 'standard' ? /Anna Schmidt".*Anna Schmidt/ : /Anna/)
  const spans = scrub(envelope('span', { items: [
    { name: 'Main UI thread blocked', attributes: { 'sentry.op': 'ui.long_animation_frame' } },
    { name: 'Kowalczyk', attributes: { 'sentry.op': 'browser.visit', 'browser.web_vital.lcp.element': 'main > p#anna' } },
  ] }))
  expect(JSON.stringify(spans)).toContain('Main UI thread blocked')
  expect(JSON.stringify(spans)).toContain('"main > p"')
  expect(JSON.stringify(spans).includes('Kowalczyk')).toBe(level === 'standard')
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

const LOOKS = { class: 'item item-4111111111111111 main', style: 'color: red; --who: zebra; background: url(/zebra.png); --gap: 4px', disabled: '', type: 'submit', width: '20', checked: true }
const TELLS = Object.fromEntries(
  'id name for title alt data-patient aria-label aria-valuetext label content summary srcdoc download cite ping formaction datetime xlink:href data-src imagesrcset src srcset rr_src headline'
    .split(' ').map((name) => [name, 'zebra']),
)
const TREE = {
  type: 0, id: 1, childNodes: [
    { type: 1, id: 2, name: 'html', publicId: 'zebra', systemId: 'zebra' },
    { type: 2, id: 3, tagName: 'x-zebra', attributes: { ...LOOKS, ...TELLS, value: 'zebra', placeholder: 'zebra', href: '/items/zebra?token=hunter2' }, childNodes: [
      { type: 3, id: 4, textContent: 'zebra is here' },
      { type: 2, id: 5, tagName: 'style', attributes: { _cssText: '.a::before { content: "zebra" } .b { color: blue }' }, childNodes: [
        { type: 3, id: 6, isStyle: true, textContent: '/* zebra */ .c::after { content: "\\f101"; background: url("/zebra.png") } .d { --card: 4111111111111111 }' },
      ] },
      { type: 5, id: 7, textContent: 'zebra' },
      { type: 9, id: 8, textContent: 'zebra' },
    ] },
  ],
}
const CHANGES = [
  { source: 0, texts: [{ id: 4, value: 'zebra' }], removes: [{ id: 7, parentId: 3 }], adds: [{ parentId: 3, nextId: null, node: TREE.childNodes[1] }], attributes: [
    { id: 3, attributes: { class: 'item', 'data-x': 'zebra', style: { '--who': 'zebra', 'background-image': 'url(/zebra.png)', color: ['red', 'important'], margin: false } } },
  ] },
  { source: 1, positions: [{ x: 1, y: 2, id: 3, timeOffset: -5, note: 'zebra' }] },
  { source: 5, id: 3, text: 'zebra', isChecked: false },
  { source: 8, id: 5, adds: [{ rule: '.e::before{content:"zebra"}', index: 0 }], replaceSync: '.f{background:url(zebra)}' },
  { source: 13, id: 5, set: { property: '--who', value: 'zebra' }, index: [0] },
  { source: 13, id: 5, set: { property: 'color', value: 'green' }, index: [0] },
  { source: 15, id: 1, styleIds: [1], styles: [{ styleId: 1, rules: [{ rule: '.g{content:"zebra"}', index: 0 }] }] },
  { source: 9, id: 3, commands: [{ property: 'fillText', args: ['zebra'] }] },
  { source: 16, define: { name: 'x-zebra' } },
].map((data, at) => ({ type: 3, timestamp: 1_795_380_750_396 + at, data }))
const RECORDING = `{"segment_id":0,"note":"zebra"}\n${JSON.stringify([
  { type: 4, data: { href: 'https://app.example/items/4111111111111111?token=hunter2', width: 1280, height: 720 } },
  { type: 2, data: { node: TREE, initialOffset: { left: 0, top: 7 } } },
  ...CHANGES,
  { type: 5, data: { tag: 'options', payload: { maskAllText: true, note: 'zebra' } } },
  { type: 5, data: { tag: 'performanceSpan', payload: { description: 'https://app.example/orders?token=hunter2' } } },
  { type: 6, data: { plugin: 'zebra' } },
  { type: 99, data: { note: 'zebra' } },
])}`

test.runIf(REPLAY_IN_BUILD).each(['standard', 'gdpr'] as const)('%s: a recording shows how a page looks, and nothing that is written in it', (level) => {
  const sent = JSON.stringify(scrubberOf(level, [])(envelope('replay_recording', RECORDING))).replaceAll('\\', '')
  expect(sent).not.toMatch(/zebra|hunter2|4111111111111111/i)
  for (const kept of [
    '"class":"item main"', 'color: red', '--gap: 4px', '"disabled":""', '"type":"submit"', '"width":"20"', '"checked":true', '"tagName":"span"',
    '"textContent":"***** ** ****"', '.b { color: blue }', '.c::after { content: "f101"', '"height":720', '"top":7', '"timeOffset":-5', '"text":"*****"',
    '"value":"*****"', '.e::before{content:""}', '"index":0', '"color":["red","important"]', '"margin":false', '"value":"green"', '.g{content:""}', '"maskAllText":true', '"segment_id":0',
  ]) expect(sent).toContain(kept)
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

const innerDoor = () => {
  const send = vi.fn<Transport['send']>(() => Promise.resolve({}))
  return { send, inner: { send, flush: () => Promise.resolve(true) } }
}

test('the door is shut until the rules are there', async () => {
  const { send, inner } = innerDoor()
  let open: (scrub: Scrub) => void = () => undefined
  const door = doorTo(inner, () => new Promise((done) => { open = done }))
  const sending = door.send(envelope('event', EVENT))
  await Promise.resolve()
  expect(send).not.toHaveBeenCalled()
  open(scrubberOf('hipaa', []))
  await sending
  expect(send).toHaveBeenCalledOnce()
  expect(JSON.stringify(send.mock.calls)).not.toContain('anna')
})

test('rules that could not be fetched are fetched again, while envelopes wait', async () => {
  const { send, inner } = innerDoor()
  const load = vi.fn<() => Promise<Scrub>>(() => Promise.resolve(scrubberOf('hipaa', [])))
  load.mockRejectedValueOnce(new TypeError('Failed to fetch')).mockRejectedValueOnce(new TypeError('Failed to fetch'))
  const door = doorTo(inner, load, [0, 0])
  await Promise.all([door.send(envelope('event', EVENT)), door.send(envelope('event', EVENT))])
  expect(load).toHaveBeenCalledTimes(3)
  expect(send).toHaveBeenCalledTimes(2)
})

test('without rules nothing leaves, and the next envelope asks for them anew', async () => {
  const { send, inner } = innerDoor()
  const load = vi.fn<() => Promise<Scrub>>(() => Promise.reject(new TypeError('Failed to fetch')))
  const door = doorTo(inner, load, [])
  expect(await door.send(envelope('event', EVENT))).toEqual({})
  expect(send).not.toHaveBeenCalled()
  load.mockResolvedValue(scrubberOf('hipaa', []))
  await door.send(envelope('event', EVENT))
  expect(send).toHaveBeenCalledOnce()
})

test('of the envelopes that wait there are not more than fifty', async () => {
  const { send, inner } = innerDoor()
  let open: (scrub: Scrub) => void = () => undefined
  const door = doorTo(inner, () => new Promise((done) => { open = done }))
  const sending = Array.from({ length: 60 }, () => door.send(envelope('event', EVENT)))
  open(scrubberOf('hipaa', []))
  await Promise.all(sending)
  expect(send).toHaveBeenCalledTimes(50)
})
