/** Put values that must not leave on every surface of a page that an application or its user can reach. */

import * as Sentry from '@sentry/core'
import { report, setUser, words } from './observability'

declare global {
  interface Window {
    /** Text for a surface, given by the test. */
    canaries: Record<string, string>
  }
}

export function canary(surface: string): string {
  return window.canaries[surface] ?? ''
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Everything but what a person does with mouse and keyboard. */
export async function plant(): Promise<void> {
  storage()
  scope()
  for (const act of [console.log, console.warn, console.error]) act(canary('console'), { data: canary('console') })
  await calls()
  sdk()
  // One after the other: the SDK is deaf for a moment after each error that it has seen.
  void Promise.reject(new Error(canary('rejection'), { cause: new Error(canary('cause')) }))
  await pause(50)
  void Promise.reject({ message: canary('rejected object'), [canary('rejected key')]: 1 })
  await pause(50)
  setTimeout(() => {
    throw new TypeError(canary('global error'))
  })
  await pause(50)
  report(new RangeError(canary('error text')))
  report(new Error(`the room is taken\n at ${canary('message line')} (/visits)\n ${canary('message line')} /visits`))
  report(new Error(words`visit of ${canary('hole')} took ${12} ms`))
  document.title = canary('title')
  const label = document.createElement('button')
  label.setAttribute('aria-label', `Open [new] > ${canary('bracket')}`)
  document.body.append(label)
  label.click()
}

function storage(): void {
  document.cookie = `session=${encodeURIComponent(canary('cookie'))}`
  localStorage.setItem('profile', canary('local storage'))
  sessionStorage.setItem('profile', canary('session storage'))
}

function scope(): void {
  setUser(canary('user id'))
  const [secret = '', email = ''] = canary('user object').split(' ')
  Sentry.setUser({ id: secret, email, username: canary('user object'), ip_address: '203.0.113.77', secret })
  Sentry.setTag('visitor', canary('tag'))
  Sentry.setTag(canary('tag key'), 'x')
  Sentry.setContext('visit', { reason: canary('context'), nested: { password: canary('context') } })
  Sentry.setExtra('note', canary('extra'))
  Sentry.addBreadcrumb({ category: 'visit', message: canary('breadcrumb'), data: { about: canary('breadcrumb') } })
  Sentry.getCurrentScope().setTransactionName(canary('transaction'))
  Sentry.getCurrentScope().addAttachment({ filename: 'a.txt', data: canary('attachment') })
  Sentry.getCurrentScope().setFingerprint([canary('fingerprint')])
  Sentry.getCurrentScope().setAttribute('visitor', canary('attribute'))
}

function sdk(): void {
  Sentry.captureMessage(canary('message'))
  Sentry.logger.error(canary('log'), { visitor: canary('log attribute') })
  Sentry.logger.info('visit', { target: canary('target'), element: canary('target') })
  Sentry.metrics.count(canary('metric'), 1, { attributes: { visitor: canary('metric attribute') } })
  Sentry.startSpan({ name: canary('span'), attributes: { visitor: canary('span attribute') } }, () => undefined)
}

async function calls(): Promise<void> {
  const [secret = '', email = ''] = canary('fetch query').split(' ')
  const body = JSON.stringify({ item: canary('fetch body'), quantity: 1 })
  const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${canary('header').split(' ')[0]}` }
  await fetch(`/orders/${encodeURIComponent(canary('fetch path'))}?token=${secret}&mail=${email}#${email}`)
  await fetch('/orders', { method: 'POST', body, headers })
  const request = new XMLHttpRequest()
  request.open('POST', `/nothing/${encodeURIComponent(canary('xhr path'))}?q=${encodeURIComponent(canary('xhr query'))}`)
  request.send(canary('xhr body'))
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/socket?token=${secret}`)
  socket.addEventListener('open', () => socket.send(canary('socket')))
  await fetch('/diagnostics/unhandled', { method: 'POST', body: canary('fetch body') })
  history.pushState(null, '', `/?q=${encodeURIComponent(canary('pushed query'))}`)
}
