/**
 * What a batch is asked to make: a file of prompts as text, CSV or JSONL. A row that cannot be used is told with its line, the
 * field and what is allowed, and the others go on; what is wrong with the whole ends the command. Limits that depend on the
 * model are not looked at here.
 *
 * - Text: a prompt a line.
 * - CSV: the first row names the columns, `prompt` and any of `id`, `model`, `n`, `size`, `quality`, `format`, `background`,
 *   `compression`; an empty cell is not given; a row of empty cells is passed over.
 * - JSONL: an object a line with the same fields, where `null` is not given, or a string, which is a prompt.
 *
 * Blank lines are passed over. A file is UTF-8 of 64 MiB and 50,000 rows at most, a row 1 MiB.
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import { type CommandFailed, usage } from "../Failure.ts"
import * as Csv from "./input/Csv.ts"
import * as Field from "./input/Field.ts"
import * as Id from "./input/Id.ts"
import * as Jsonl from "./input/Jsonl.ts"
import { lines, maxRows, type Row, textRows } from "./input/Row.ts"
import * as Source from "./input/Source.ts"
import type * as Manifest from "./Manifest.ts"

export { maxRowBytes, maxRows } from "./input/Row.ts"
export { maxFileBytes } from "./input/Source.ts"

export type Format = "text" | "csv" | "jsonl"

export const formats: ReadonlyArray<Format> = ["text", "csv", "jsonl"]

export interface Item {
  /**
   * The row's own `id` in NFC, else the row's number among all rows that are not blank: `"0001"`, or `"0001-2"` where that is
   * some row's own id. No two rows have the same, whatever the letter case.
   */
  readonly id: string
  /** Where the row starts in the file, from 1. */
  readonly line: number
  readonly prompt: string
  /** As far as the row says; none of its keys is `undefined`. */
  readonly options: Manifest.Options
}

export interface BadRow {
  /** As an item's. A row whose own id cannot be used, or that could not be taken apart, has its number. */
  readonly id: string
  /** As an item's; of a quote that is never closed, where it opens. */
  readonly line: number
  /** The first field that is wrong; none when the row as a whole is. */
  readonly field?: string
  /** All that is wrong, and what is allowed; a line without control characters. */
  readonly message: string
}

export interface Batch {
  readonly format: Format
  readonly items: ReadonlyArray<Item>
  readonly bad: ReadonlyArray<BadRow>
  /** Why the whole cannot be used; there are neither items nor bad rows then. `read` fails with it. */
  readonly problem?: string
}

const byName: ReadonlyArray<readonly [RegExp, Format]> = [[/\.(?:csv|tsv)$/i, "csv"], [/\.(?:jsonl|ndjson)$/i, "jsonl"]]

const withoutMark = (text: string) => text.startsWith("\uFEFF") ? text.slice(1) : text

/**
 * The format of a text. The first that holds: the file's name ends in `.csv` or `.tsv` (CSV), `.jsonl` or `.ndjson` (JSONL); its
 * first line is a JSON object (JSONL); its first row names two columns or more and one is `prompt` (CSV); else text. So lines of
 * JSON strings, and a table with the one column `prompt`, need the name or to be told.
 */
export const sniff = (text: string, file = ""): Format => {
  const named = byName.find(([pattern]) => pattern.test(file))
  if (named !== undefined) return named[1]
  const content = withoutMark(text)
  const [first] = lines(content)
  if (first !== undefined && Jsonl.isObjectLine(first.text)) return "jsonl"
  return Csv.hasHeader(content) ? "csv" : "text"
}

const rowsOf = (text: string, format: Format): Iterable<Row> | { readonly problem: string } => {
  if (format === "csv") return Csv.rows(text)
  return format === "jsonl" ? Jsonl.rows(text) : textRows(text)
}

const collect = (rows: Iterable<Row>): ReadonlyArray<Row> | { readonly problem: string } => {
  const all: Array<Row> = []
  for (const row of rows) {
    if (all.length === maxRows) return { problem: `more than ${maxRows} rows: split it` }
    all.push(row)
  }
  return all.length === 0 ? { problem: "no prompt in it" } : all
}

const judge = (named: Id.Named): Item | BadRow => {
  const { id, row: { fields, line, wrong } } = named
  const judged = fields === undefined ? undefined : Field.judge(fields)
  if (wrong === undefined && named.wrong === undefined && judged !== undefined && "prompt" in judged) return { id, line, ...judged }
  const problem = Field.merge([wrong, named.wrong, judged !== undefined && "message" in judged ? judged : undefined])
  return { id, line, ...(problem ?? { message: "it cannot be read" }) }
}

/** The rows of a text, in its format or the one it looks like. Never throws; linear in the text. */
export const parse = (text: string, format: Format = sniff(text)): Batch => {
  const found = rowsOf(withoutMark(text), format)
  const rows = "problem" in found ? found : collect(found)
  if ("problem" in rows) return { format, items: [], bad: [], problem: rows.problem }
  const judged = Id.assign(rows).map(judge)
  return {
    format,
    items: judged.filter((row) => "prompt" in row),
    bad: judged.filter((row) => "message" in row)
  }
}

/** Reads a file, or stdin for `-`. Fails with a usage error for what is wrong with the whole. */
export const read = (file: string, format?: Format): Effect.Effect<Batch, CommandFailed, FileSystem.FileSystem> =>
  Effect.flatMap(Source.text(file), (text) => {
    const batch = parse(text, format ?? sniff(text, file))
    return batch.problem === undefined ? Effect.succeed(batch) : Effect.fail(usage(`${file === "-" ? "stdin" : file}: ${batch.problem}`))
  })
