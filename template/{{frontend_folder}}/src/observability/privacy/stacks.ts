/** Errors and where they happened: names in code and addresses of scripts, told from texts that look like them (`stacks.py`). */

import type { Data, Pass } from './pass'
import { isData, put, rows } from './payloads'
import { copyIds, FRAME_IDS, isFunction, isType, MECHANISM_IDS, mechanismType, scriptAddress } from './structures'

/** An error: its class, its message as far as it may leave, and where it happened. */
export function exception(pass: Pass, raw: Data): Data {
  const type = isType(raw.type) ? pass.ofCode(raw.type) : undefined
  const out: Data = { type: type ?? 'Error', value: pass.text(raw.value ?? '') }
  if (isData(raw.mechanism)) out.mechanism = { ...copyIds(raw.mechanism, MECHANISM_IDS), type: mechanismType(raw.mechanism.type) }
  if (isData(raw.stacktrace)) out.stacktrace = { frames: frames(pass, raw.stacktrace.frames, String(raw.value ?? '')) }
  return out
}

/**
 * Places in code. The SDK reads every line of a stack, and the message stands in front of the stack: a frame whose
 * words are all in one line of the message is none.
 */
function frames(pass: Pass, raw: unknown, message: string): Data[] {
  const lines = message.split('\n')
  const said = (row: Data): boolean =>
    lines.some((line) => line.includes(String(row.filename)) && (row.function === '?' || line.includes(String(row.function))))
  return rows(raw).filter((row) => !said(row)).map((row) => frame(pass, row)).filter((row) => row !== undefined)
}

/** A frame, without the name of its function where its file is no script, or undefined where it has no line either. */
function frame(pass: Pass, raw: Data): Data | undefined {
  const out = copyIds(raw, FRAME_IDS)
  const script = scriptAddress(raw.filename)
  if (script !== undefined) {
    if (isFunction(raw.function)) put(out, 'function', pass.ofCode(raw.function))
    return { ...out, filename: script }
  }
  return typeof raw.lineno === 'number' ? { ...out, filename: pass.rules.addresses.url(String(raw.filename)) } : undefined
}

/** A script that the debugger knows, which Sentry looks its source map up for. */
export function image(raw: Data): Data {
  return { ...copyIds(raw, ['type', 'debug_id']), code_file: scriptAddress(raw.code_file) ?? '<anonymous>' }
}
