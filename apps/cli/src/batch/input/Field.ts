/** The fields of a row, what is allowed in each, and how a row of them is judged. CSV and JSONL share this table. */
import * as Schema from "effect/Schema"
import type { Options } from "../Manifest.ts"

const pattern = (regexp: RegExp) => Schema.String.check(Schema.isPattern(regexp))
const integer = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
/** No spaces, no control characters; longer than any name of a model or of a quality. */
const token = pattern(/^[^\s\p{C}]{1,200}$/u)

const options = {
  model: token,
  n: integer(1, 10),
  size: pattern(/^(?:auto|[1-9]\d{0,4}x[1-9]\d{0,4})$/),
  quality: token,
  format: Schema.Literals(["png", "jpeg", "webp"]),
  background: Schema.Literals(["transparent", "opaque", "auto"]),
  compression: integer(0, 100)
}

type OptionName = keyof typeof options
export type Name = "id" | "prompt" | OptionName

export const optionNames: ReadonlyArray<OptionName> = ["model", "n", "size", "quality", "format", "background", "compression"]
export const names: ReadonlyArray<Name> = ["id", "prompt", ...optionNames]

/** `"id, prompt, model, ..."`, for messages. */
export const allowedNames = names.join(", ")

const allowed: { readonly [name in OptionName]: string } = {
  model: "a model's name without spaces, of 200 characters at most",
  n: "an integer from 1 to 10",
  size: "auto, or width x height like 1024x1536",
  quality: "a word without spaces, of 200 characters at most",
  format: "png, jpeg or webp",
  background: "transparent, opaque or auto",
  compression: "an integer from 0 to 100"
}

const isOption = {
  model: Schema.is(options.model),
  n: Schema.is(options.n),
  size: Schema.is(options.size),
  quality: Schema.is(options.quality),
  format: Schema.is(options.format),
  background: Schema.is(options.background),
  compression: Schema.is(options.compression)
}

const isOptions = Schema.is(Schema.Struct({
  model: Schema.optionalKey(options.model),
  n: Schema.optionalKey(options.n),
  size: Schema.optionalKey(options.size),
  quality: Schema.optionalKey(options.quality),
  format: Schema.optionalKey(options.format),
  background: Schema.optionalKey(options.background),
  compression: Schema.optionalKey(options.compression)
}))

/** What a row says, not yet judged. `undefined` and `null` are not given. */
export type Fields = { readonly [name in Name]?: unknown }

export const isName = (name: string): name is Name => names.some((known) => known === name)

/** What is wrong with a row. */
export interface Problem {
  /** The first field that is wrong; none when the row as a whole is. */
  readonly field?: string
  /** What is wrong and what is allowed; one line without control characters. */
  readonly message: string
}

/** Nothing that a terminal would obey, nor a line end. */
export const printable = (text: string) =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)

/** A value as it is quoted in a message, 40 characters of it at most. */
export const show = (value: unknown): string => {
  if (typeof value === "string") return printable(JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value))
  if (Array.isArray(value)) return "an array"
  return typeof value === "object" && value !== null ? "an object" : String(value)
}

const isGiven = (value: unknown) => value !== undefined && value !== null

const promptProblem = (prompt: unknown): Problem | undefined => {
  if (typeof prompt === "string") {
    if (prompt.trim() === "") return { field: "prompt", message: "prompt must be text that is not blank" }
    return prompt.isWellFormed() ? undefined : { field: "prompt", message: "prompt must be Unicode text: it holds half of a surrogate pair" }
  }
  return { field: "prompt", message: `prompt must be text that is not blank, got ${isGiven(prompt) ? show(prompt) : "none"}` }
}

const optionProblem = (fields: Fields, name: OptionName): Problem | undefined =>
  isGiven(fields[name]) && !isOption[name](fields[name])
    ? { field: name, message: `${name} must be ${allowed[name]}, got ${show(fields[name])}` }
    : undefined

/** Several problems as one: the first one's field, every message. */
export const merge = (problems: ReadonlyArray<Problem | undefined>): Problem | undefined => {
  const found = problems.filter((problem) => problem !== undefined)
  const [first] = found
  return first === undefined ? undefined : { ...first, message: found.map(({ message }) => message).join("; ") }
}

/** The prompt and the options of a row, or all that is wrong with them. */
export const judge = (fields: Fields): { readonly prompt: string; readonly options: Options } | Problem => {
  const problem = merge([promptProblem(fields.prompt), ...optionNames.map((name) => optionProblem(fields, name))])
  if (problem !== undefined) return problem
  const options = Object.fromEntries(optionNames.filter((name) => isGiven(fields[name])).map((name) => [name, fields[name]]))
  if (typeof fields.prompt !== "string" || !isOptions(options)) return { message: "not of the expected shape" }
  return { prompt: fields.prompt, options }
}
