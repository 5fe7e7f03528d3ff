import { Link, Outlet, useLocation } from 'react-router'
import { DeveloperPanel } from './components/DeveloperPanel'
import { ErrorBoundary } from './components/ErrorBoundary'
import { useConfig } from './context'
import { useOnline } from './online'

export function App() {
  const config = useConfig()
  const online = useOnline()
  const { pathname } = useLocation()
  return (
    <>
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header>
        <h1>
          <Link to="/">{config.service}</Link>
        </h1>
        <span className="quiet">{config.environment}</span>
      </header>
      {!online && (
        <output className="notice">
          You are offline. What you see may be out of date.
        </output>
      )}
      <main id="main" tabIndex={-1}>
        <ErrorBoundary key={pathname}>
          <Outlet />
        </ErrorBoundary>
      </main>
      {config.diagnostics && <DeveloperPanel />}
    </>
  )
}
