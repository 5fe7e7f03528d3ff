/** The router's boundary: what a view throws while it is shown. */

import { useRevalidator, useRouteError } from 'react-router'
import { ErrorNotice } from './ErrorNotice'
import { report } from '../observability'

export function RouteError() {
  const reference = report(useRouteError())
  const { revalidate } = useRevalidator()
  return (
    <ErrorNotice
      sentence="This part of the page stopped working. We have been told."
      reference={reference}
      onAgain={() => void revalidate()}
    />
  )
}
