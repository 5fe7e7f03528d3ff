/** What a person's report of an error holds; the route for it exists in services with a database. */

export interface Report {
  message: string
  request_id: string
}

export function reportOf(reference: string, message: string): Report {
  return { message, request_id: reference }
}
