/** What people see when something fails: a sentence, a reference, and what is left of the page. */

import { flushPromises, mount } from '@vue/test-utils'
import { defineComponent, h, nextTick, ref } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { authorize } from '../src/api/client'
import ErrorBoundary from '../src/components/ErrorBoundary.vue'
import ErrorNotice from '../src/components/ErrorNotice.vue'
import HomeView from '../src/views/HomeView.vue'
import { configKey } from '../src/injection'
import type { PageConfig } from '../src/config'

const CONFIG: PageConfig = {
  service: 'shop', environment: 'test', release: 'shop@1', level: 'gdpr', api: 'https://api.example', diagnostics: true, reports: true, sentry: null,
}

const global = { provide: { [configKey as symbol]: CONFIG }, stubs: { RouterLink: true } }

beforeEach(() => {
  authorize('a-token')
})

afterEach(() => {
  authorize(undefined)
  vi.unstubAllGlobals()
})

test('a view that fails leaves a notice with a reference, and the rest of the page', async () => {
  const broken = ref(false)
  const View = defineComponent(() => () => {
    if (broken.value) throw new Error('broken')
    return h('p', 'fine')
  })
  const page = mount(ErrorBoundary, { global, slots: { default: () => h(View) } })
  expect(page.text()).toBe('fine')
  broken.value = true
  await nextTick()
  await nextTick()
  expect(page.get('[role=alert]').text()).toContain('stopped working')
  expect(page.get('code').text()).toMatch(/^[0-9a-f]{32}$/)
})

test('a report goes to the API, under the id of what failed', async () => {
  const fetched = vi.fn<(request: Request) => Promise<Response>>(() => Promise.resolve(new Response(null, { status: 201 })))
  vi.stubGlobal('fetch', fetched)
  const notice = mount(ErrorNotice, { global, props: { sentence: 'It failed.', reference: 'r-1' } })
  await notice.get('button').trigger('click')
  await notice.get('textarea').setValue('I clicked')
  await notice.get('form').trigger('submit')
  await flushPromises()
  const request = fetched.mock.calls[0]?.[0]
  expect(await request?.json()).toEqual({ message: 'I clicked', category: 'bug', severity: 'medium' })
  expect(request?.headers.get('X-Request-ID')).toBe('r-1')
  expect(notice.text()).toContain('the report has arrived')
})

test('nothing is offered that the API does not take', () => {
  const provide = { [configKey as symbol]: { ...CONFIG, reports: false } }
  const notice = mount(ErrorNotice, { global: { provide }, props: { sentence: 'It failed.', reference: 'r-1' } })
  expect(notice.findAll('button')).toHaveLength(0)
})

test('nothing is offered to people whom the API does not know', () => {
  authorize(undefined)
  const notice = mount(ErrorNotice, { global, props: { sentence: 'It failed.', reference: 'r-1' } })
  expect(notice.findAll('button')).toHaveLength(0)
})

test('the list says that it loads, and what went wrong', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('{}', { status: 500 })))
  const view = mount(HomeView, { global })
  await nextTick()
  expect(view.text()).toContain('Loading')
  await flushPromises()
  expect(view.get('[role=alert]').text()).toContain('went wrong on our side')
})
