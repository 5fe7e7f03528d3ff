/** Start the page: its configuration, then observability, then everything that may fail. */

import { createApp } from 'vue'
import { connect } from './api/client'
import App from './App.vue'
import { loadConfig } from './config'
import { configKey } from './injection'
import { report, start, stripQuery } from './observability'
import { makeRouter } from './router'
import './styles.css'

const config = await loadConfig()
stripQuery(config.level)
const router = makeRouter()
start(config, router)
connect(config.api)

const app = createApp(App)
app.provide(configKey, config)
app.config.errorHandler = (error) => {
  report(error)
}
app.use(router)
app.mount('#app')
