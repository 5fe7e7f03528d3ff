/** The addresses of the page. Routes are named by their pattern in traces, so no data is in the name. */

import { createBrowserRouter } from 'react-router'
import { App } from './App'
import { traced } from './observability/init'
import { HomeView } from './views/HomeView'
import { ItemView } from './views/ItemView'
import { NotFoundView } from './views/NotFoundView'

const views = [
  { path: '/', element: <HomeView /> },
  { path: '/items/:item', element: <ItemView /> },
  { path: '*', element: <NotFoundView /> },
]

/** The patterns that are written here; they may leave as names of pages. */
export const patterns: readonly string[] = views.map(({ path }) => path)

export function makeRouter(): ReturnType<typeof createBrowserRouter> {
  return traced(createBrowserRouter)([{ element: <App />, children: views }])
}
