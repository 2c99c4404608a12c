/**
 * Rows of CSV as RFC 4180 has it, with a comma, a semicolon or a tab between the cells; the first row names the columns.
 *
 * effect's `Csv` ends at the first mistake and does not say where a record starts; here a bad row is one row, with its line.
 * A quote that stands where none may makes its row a bad one; the quoting of the cells after it is still obeyed.
 */
import { allowedNames, isName, type Name, type Problem, show } from "./Field.ts"
import { isTooLong, maxRowBytes, type Row, tooLong } from "./Row.ts"

const separators = [",", ";", "\t"] as const
type Separator = typeof separators[number]

/** Cells of a record that are kept, more than there are columns; the others are counted. */
const maxCells = 64

interface Record {
  /** Where it starts, from 1. */
  readonly line: number
  readonly cells: ReadonlyArray<string>
  readonly count: number
  readonly wrong?: Problem
  /** Of `wrong`, where that is another line. */
  readonly wrongLine?: number
  /** Where the next one starts. */
  readonly end: number
  readonly endLine: number
}

const LF = 10
const CR = 13
const QUOTE = 34

const strayQuote: Problem = {
  message: "a quote in a cell that is not quoted as a whole: quotes go around the cell with no space outside them, and a quote inside is doubled"
}
const unclosedQuote: Problem = { message: "a quote is opened here and never closed: nothing after it is read" }

const lineEnds = (text: string): number => {
  let count = 0
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count++
  return count
}

/** The quote that closes a cell, whose content starts at `from`; -1 if none does. */
const closingQuote = (text: string, from: number): number => {
  let at = text.indexOf("\"", from)
  while (at !== -1 && text.charCodeAt(at + 1) === QUOTE) at = text.indexOf("\"", at + 2)
  return at
}

/** Where an unquoted stretch ends (at a separator, a line end or the end), and whether a quote is in it. */
const unquoted = (text: string, from: number, separator: number) => {
  let hasQuote = false
  let at = from
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === separator || code === LF) break
    if (code === CR && (at + 1 === text.length || text.charCodeAt(at + 1) === LF)) break
    if (code === QUOTE) hasQuote = true
  }
  return { end: at, hasQuote }
}

const record = (text: string, start: number, startLine: number, separator: Separator): Record => {
  const code = separator.charCodeAt(0)
  const cells: Array<string> = []
  let count = 0
  let line = startLine
  let wrong: Problem | undefined
  const keep = (from: number, to: number, isQuoted: boolean) => {
    count++
    if (cells.length >= maxCells || to - from > maxRowBytes) return
    const cell = text.slice(from, to)
    cells.push(isQuoted ? cell.replaceAll("\"\"", "\"") : cell)
  }
  let at = start
  for (;;) {
    if (text.charCodeAt(at) === QUOTE) {
      const close = closingQuote(text, at + 1)
      if (close === -1) return { line: startLine, cells, count, wrong: unclosedQuote, wrongLine: line, end: text.length, endLine: line }
      keep(at + 1, close, true)
      line += lineEnds(text.slice(at, close))
      const { end } = unquoted(text, close + 1, code)
      if (end > close + 1) wrong = strayQuote
      at = end
    } else {
      const { end, hasQuote } = unquoted(text, at, code)
      keep(at, end, false)
      if (hasQuote) wrong = strayQuote
      at = end
    }
    if (text.charCodeAt(at) !== code) break
    at++
  }
  if (isTooLong(text.slice(start, at))) wrong = tooLong
  const next = text.charCodeAt(at) === CR ? at + 2 : at + 1
  return { line: startLine, cells, count, ...(wrong === undefined ? {} : { wrong }), end: next, endLine: line + 1 }
}

/** Nothing but blank cells, as spreadsheets leave them below a table. */
const isBlank = ({ cells, count, wrong }: Record) => wrong === undefined && count === cells.length && cells.every((cell) => cell.trim() === "")

function* records(text: string, start: number, startLine: number, separator: Separator): Generator<Record> {
  let at = start
  let line = startLine
  while (at < text.length) {
    const found = record(text, at, line, separator)
    if (!isBlank(found)) yield found
    at = found.end
    line = found.endLine
  }
}

const columnName = (cell: string) => cell.trim().toLowerCase()

const first = (text: string, separator: Separator): { readonly separator: Separator; readonly record: Record; readonly known: number } | undefined => {
  const [found] = records(text, 0, 1, separator)
  return found === undefined ? undefined : { separator, record: found, known: found.cells.filter((cell) => isName(columnName(cell))).length }
}

/** The first row, by the separator that makes the most known columns of it, then the most cells; a comma if that is equal. */
const header = (text: string) =>
  separators.map((separator) => first(text, separator)).filter((found) => found !== undefined)
    .reduce<ReturnType<typeof first>>((best, found) =>
      best === undefined || found.known > best.known || (found.known === best.known && found.record.count > best.record.count) ? found : best, undefined)

/** Whether the first row names two columns or more, and `prompt` is one of them. */
export const hasHeader = (text: string): boolean => {
  const found = header(text)
  return found !== undefined && found.record.wrong === undefined && found.record.count > 1 && found.record.cells.some((cell) => columnName(cell) === "prompt")
}

const hint = `Columns are ${allowedNames}; for a prompt a line use --format text`

const headerProblem = ({ cells, count, line, wrong }: Record): string | undefined => {
  if (wrong !== undefined) return `line ${line}, the header: ${wrong.message}`
  const unknown = cells.find((cell) => !isName(columnName(cell)))
  if (unknown !== undefined) return `line ${line}, the header: ${unknown.trim() === "" ? "a column without a name" : `unknown column ${show(unknown.trim())}`}. ${hint}`
  const twice = cells.find((cell, index) => cells.findIndex((other) => columnName(other) === columnName(cell)) !== index)
  if (twice !== undefined || count > cells.length) return `line ${line}, the header: the column ${show((twice ?? "").trim())} is there twice. ${hint}`
  return cells.some((cell) => columnName(cell) === "prompt") ? undefined : `line ${line}, the header: no column "prompt". ${hint}`
}

/** A cell as JSON would have it: not given, a number where one is meant, text; only a prompt keeps its spaces. */
const value = (name: Name, cell: string): unknown => {
  if (name === "prompt") return cell
  const trimmed = cell.trim()
  if (trimmed === "") return undefined
  return (name === "n" || name === "compression") && /^\d{1,9}$/.test(trimmed) ? Number(trimmed) : trimmed
}

const row = (columns: ReadonlyArray<Name>, separator: Separator, { cells, count, line, wrong, wrongLine }: Record): Row => {
  if (wrong !== undefined) return { line: wrongLine ?? line, wrong }
  if (count !== columns.length) {
    const message = `${count} ${count === 1 ? "cell" : "cells"} where the header has ${columns.length}: a cell with ${show(separator)} in it must stand in quotes`
    return { line, wrong: { message } }
  }
  return { line, fields: Object.fromEntries(columns.map((name, index) => [name, value(name, cells[index] ?? "")])) }
}

function* below(text: string, head: Record, separator: Separator): Generator<Row> {
  const columns = head.cells.map(columnName).filter(isName)
  for (const found of records(text, head.end, head.endLine, separator)) yield row(columns, separator, found)
}

/** The rows under the header, or why the whole cannot be read. */
export const rows = (text: string): Iterable<Row> | { readonly problem: string } => {
  const head = header(text)
  if (head === undefined) return []
  const problem = headerProblem(head.record)
  return problem === undefined ? below(text, head.record, head.separator) : { problem }
}
