/** What people see when something fails: a sentence, a reference, and what is left of the page. */

import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import type { ReactNode } from 'react'
import { MemoryRouter } from 'react-router'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { authorize } from '../src/api/client'
import { ErrorBoundary } from '../src/components/ErrorBoundary'
import { ErrorNotice } from '../src/components/ErrorNotice'
import type { PageConfig } from '../src/config'
import { ConfigContext } from '../src/context'
import { HomeView } from '../src/views/HomeView'

const CONFIG: PageConfig = {
  service: 'shop', environment: 'test', release: 'shop@1', level: 'gdpr', api: 'https://api.example', diagnostics: true, reports: true, sentry: null,
}

function show(children: ReactNode, config = CONFIG): void {
  render(
    <MemoryRouter>
      <ConfigContext value={config}>{children}</ConfigContext>
    </MemoryRouter>,
  )
}

beforeEach(() => {
  authorize('a-token')
})

afterEach(() => {
  authorize(undefined)
  cleanup()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

test('a view that fails leaves a notice with a reference, and the rest of the page', () => {
  vi.spyOn(console, 'error').mockReturnValue()
  const View = (): ReactNode => {
    throw new Error('broken')
  }
  show(
    <>
      <p>fine</p>
      <ErrorBoundary>
        <View />
      </ErrorBoundary>
    </>,
  )
  expect(screen.getByText('fine')).toBeTruthy()
  expect(screen.getByRole('alert').textContent).toMatch(/stopped working.*Reference: [0-9a-f]{32}/)
})

test('a report goes to the API, under the id of what failed', async () => {
  const fetched = vi.fn<(request: Request) => Promise<Response>>(() => Promise.resolve(new Response(null, { status: 201 })))
  vi.stubGlobal('fetch', fetched)
  show(<ErrorNotice sentence="It failed." reference="r-1" />)
  fireEvent.click(screen.getByRole('button', { name: 'Report this' }))
  fireEvent.change(screen.getByRole('textbox'), { target: { value: 'I clicked' } })
  fireEvent.click(screen.getByRole('button', { name: 'Send' }))
  expect(await screen.findByText(/the report has arrived/)).toBeTruthy()
  const request = fetched.mock.calls[0]?.[0]
  expect(await request?.json()).toEqual({ message: 'I clicked', category: 'bug', severity: 'medium' })
  expect(request?.headers.get('X-Request-ID')).toBe('r-1')
})

test('nothing is offered that the API does not take', () => {
  show(<ErrorNotice sentence="It failed." reference="r-1" />, { ...CONFIG, reports: false })
  expect(screen.queryAllByRole('button')).toHaveLength(0)
})

test('nothing is offered to people whom the API does not know', () => {
  authorize(undefined)
  show(<ErrorNotice sentence="It failed." reference="r-1" />)
  expect(screen.queryAllByRole('button')).toHaveLength(0)
})

test('the list says that it loads, and what went wrong', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('{}', { status: 500 })))
  show(<HomeView />)
  expect(screen.getByText(/Loading/)).toBeTruthy()
  expect((await screen.findByRole('alert')).textContent).toContain('went wrong on our side')
})
