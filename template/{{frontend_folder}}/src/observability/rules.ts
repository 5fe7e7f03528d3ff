/** Fetch the privacy rules, a chunk of their own. */

type Rules = typeof import('./privacy')

/** Where the rules could not be fetched from. */
let failed: string | undefined

/**
 * The rules.
 *
 * A browser remembers that a module could not be fetched and does not ask again (whatwg/html#6768), unless it is asked
 * under another address. The address of the chunk stands in its error alone.
 */
export async function loadRules(): Promise<Rules> {
  try {
    if (failed === undefined) return await import('./privacy')
    return (await import(/* @vite-ignore */ `${failed}?${String(Date.now())}`)) as Rules
  } catch (error) {
    failed ??= /https?:\/\/[^\s?]+\.js/.exec(String(error))?.[0]
    throw error
  }
}
