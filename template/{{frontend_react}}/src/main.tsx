/** Start the page: its configuration, then observability, then everything that may fail. */

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { RouterProvider } from 'react-router'
import { connect } from './api/client'
import { loadConfig } from './config'
import { ConfigContext } from './context'
import { report, start, stripQuery } from './observability'
import { makeRouter, patterns } from './router'
import './styles.css'

const config = await loadConfig()
stripQuery(config.level)
start(config, patterns)
connect(config.api)

const place = document.querySelector('#app')
if (!place) throw new Error('index.html has no element with the id app')

createRoot(place, {
  // A boundary reports what it catches itself.
  onCaughtError: () => undefined,
  onUncaughtError: (error) => {
    report(error)
  },
}).render(
  <StrictMode>
    <ConfigContext value={config}>
      <RouterProvider router={makeRouter()} />
    </ConfigContext>
  </StrictMode>,
)
