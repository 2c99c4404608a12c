/**
 * Names rows so that a name can be part of a file's name, stays when other rows are mended, and is never given twice.
 *
 * A row's own id counts when it is of the allowed shape and no earlier row has it. Any other row is named by its number among
 * all rows, `"0001"`; where that is some row's own id, `"0001-2"`, `"0001-3"` and so on.
 */
import { type Problem, show } from "./Field.ts"
import type { Row } from "./Row.ts"

const shape = /^(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{Nd}_-](?:(?!\p{Default_Ignorable_Code_Point})[\p{L}\p{M}\p{Nd}._-]){0,63}$/u

const allowed = "1 to 64 letters, digits, dots, underscores and hyphens, the first one no dot"

/** Equal for names, in NFC, that some file system takes for one. */
const fold = (id: string): string => id.toUpperCase().toLowerCase().normalize("NFC")

/** The id that a row gives itself, in NFC; `undefined` if none. */
const given = (value: unknown): { readonly id: string } | Problem | undefined => {
  if (value === undefined || value === null) return undefined
  const text = Number.isSafeInteger(value) ? String(value) : value
  // A longer text has no 64 letters in NFC, and need not be normalised to see that.
  const id = typeof text === "string" && text.length <= 1024 ? text.normalize("NFC") : undefined
  return id !== undefined && shape.test(id) ? { id } : { field: "id", message: `id must be ${allowed}, got ${show(value)}` }
}

export interface Named {
  readonly row: Row
  readonly id: string
  /** What is wrong with the id that the row gives itself; it is named by its number then. */
  readonly wrong?: Problem
}

const number = (index: number) => String(index + 1).padStart(4, "0")

/** A name for each row, in their order; no two are equal, whatever the letter case. */
export const assign = (rows: ReadonlyArray<Row>): ReadonlyArray<Named> => {
  const lineOf = new Map<string, number>()
  const own = ({ fields, line }: Row): Omit<Partial<Named>, "row"> => {
    const found = given(fields?.id)
    if (found === undefined) return {}
    if (!("id" in found)) return { wrong: found }
    const first = lineOf.get(fold(found.id))
    if (first !== undefined) return { wrong: { field: "id", message: `id must be unique, whatever its letter case: line ${first} has ${show(found.id)} already` } }
    lineOf.set(fold(found.id), line)
    return found
  }
  const owned = rows.map((row) => ({ row, ...own(row) }))
  const free = (name: string): string => {
    if (!lineOf.has(name)) return name
    let suffix = 2
    while (lineOf.has(`${name}-${suffix}`)) suffix++
    return `${name}-${suffix}`
  }
  return owned.map(({ id, row, wrong }, index) => ({ row, id: id ?? free(number(index)), ...(wrong === undefined ? {} : { wrong }) }))
}
