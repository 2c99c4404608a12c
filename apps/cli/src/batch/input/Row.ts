/** A row as a reader of a format hands it on, and the bounds that hold in every format. */
import type { Fields, Problem } from "./Field.ts"

export interface Row {
  /** In the file, from 1. */
  readonly line: number
  /** None when the row could not be taken apart; `wrong` says why. */
  readonly fields?: Fields
  /** What the format found wrong. */
  readonly wrong?: Problem
}

/** Of one row, in UTF-8. Longer is a bad row. */
export const maxRowBytes = 1024 * 1024

/** Longer, and the whole file is refused. */
export const maxRows = 50_000

export const isTooLong = (text: string): boolean =>
  text.length > maxRowBytes || (text.length * 3 > maxRowBytes && Buffer.byteLength(text) > maxRowBytes)

export const tooLong: Problem = { message: `longer than a row may be, ${maxRowBytes} bytes` }

export interface Line {
  readonly line: number
  readonly text: string
}

/** Lines that are not blank. LF and CRLF end a line; a CR alone does not. */
export function* lines(text: string): Generator<Line> {
  let line = 1
  for (let at = 0; at < text.length; line++) {
    const found = text.indexOf("\n", at)
    const next = found === -1 ? text.length : found
    const end = found > at && text.charCodeAt(found - 1) === 13 ? found - 1 : next
    const content = text.slice(at, end)
    if (content.trim() !== "") yield { line, text: content }
    at = next + 1
  }
}

/** A prompt a line. */
export function* textRows(text: string): Generator<Row> {
  for (const { line, text: prompt } of lines(text)) {
    yield isTooLong(prompt) ? { line, wrong: tooLong } : { line, fields: { prompt } }
  }
}
