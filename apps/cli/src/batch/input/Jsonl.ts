/** Rows of JSONL: an object a line with the fields of a row, or a string, which is a prompt alone. */
import { allowedNames, isName, printable, type Problem, show } from "./Field.ts"
import { isTooLong, type Line, lines, type Row, tooLong } from "./Row.ts"

const parseJson = (text: string): { readonly value: unknown } | undefined => {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value)

/** Whether a line is a JSON object. */
export const isObjectLine = (text: string): boolean => !isTooLong(text) && text.trimStart().startsWith("{") && isObject(parseJson(text)?.value)

const unknownField = (value: object): Problem | undefined => {
  const field = Object.keys(value).find((key) => !isName(key))
  return field === undefined ? undefined : { field: printable(field.slice(0, 64)), message: `unknown field ${show(field)}: allowed are ${allowedNames}` }
}

const row = ({ line, text }: Line): Row => {
  if (isTooLong(text)) return { line, wrong: tooLong }
  const parsed = parseJson(text)
  if (parsed === undefined) return { line, wrong: { message: "not JSON: a row is a JSON object or a JSON string" } }
  const { value } = parsed
  if (typeof value === "string") return { line, fields: { prompt: value } }
  if (!isObject(value)) return { line, wrong: { message: `a row must be a JSON object or a JSON string, got ${show(value)}` } }
  const wrong = unknownField(value)
  return wrong === undefined ? { line, fields: value } : { line, fields: value, wrong }
}

export function* rows(text: string): Generator<Row> {
  for (const line of lines(text)) yield row(line)
}
