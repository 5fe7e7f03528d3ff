/** How the page is built: level, observability switched on or off, source maps, and the way to the API. */

import { sentryVitePlugin } from '@sentry/vite-plugin'
import { defineConfig } from 'vitest/config'
import { framework } from './framework.ts'
import { lean } from './lean.ts'
import { spoken } from './spoken.ts'
import levels from './src/level.json' with { type: 'json' }

const { API = 'http://127.0.0.1:8000', CI, FRONTEND_SENTRY, SENTRY_AUTH_TOKEN } = process.env

/** Maps are made for Sentry alone: uploaded, then removed, and not made at all without a token. */
const sourceMaps = SENTRY_AUTH_TOKEN
  ? sentryVitePlugin({
      authToken: SENTRY_AUTH_TOKEN,
      org: process.env.SENTRY_ORG,
      project: process.env.SENTRY_PROJECT || process.env.npm_package_name,
      url: process.env.SENTRY_URL,
      // Debug ids tie a map to its file; a release would be asked of git.
      release: { inject: false, create: false, finalize: false },
      sourcemaps: { filesToDeleteAfterUpload: 'dist/**/*.map' },
      telemetry: false,
      // The plugin only prints what went wrong; in CI a bad token has to be noticed.
      errorHandler(error) {
        if (CI) throw error
        console.warn(`Source maps were not uploaded: ${error.message}`)
      },
    })
  : []

export default defineConfig({
  plugins: [framework(), lean(), spoken(), sourceMaps],
  define: {
    SENTRY_IN_BUILD: JSON.stringify(FRONTEND_SENTRY !== 'off'),
    REPLAY_IN_BUILD: JSON.stringify(levels.level !== 'hipaa'),
  },
  build: {
    // The API's name for what is no request worth tracing (SENTRY_UNTRACED_PATHS).
    assetsDir: 'static',
    sourcemap: SENTRY_AUTH_TOKEN ? 'hidden' : false,
  },
  server: {
    host: '127.0.0.1',
    // The catalogue of the privacy rules is read from the service's own folder.
    fs: { allow: ['..'] },
    // One origin: what the page's own sources do not answer goes to the API.
    proxy: {
      '^/(?!@|src/|node_modules/|app/|index\\.html|$)': {
        target: API,
        bypass: ({ headers }) => (headers.accept?.includes('text/html') ? '/index.html' : undefined),
      },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['tests/**/*.test.{ts,tsx}'],
    // A busy machine is no failure.
    testTimeout: 30_000,
  },
})
