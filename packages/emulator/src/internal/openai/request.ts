/** What `POST /v1/images/generations` accepts, as data: one rule per parameter, first mistake wins. */
import type * as Picture from "../../Picture.ts"
import * as Models from "./models.ts"

/** An error as OpenAI sends it. */
export interface Refusal {
  readonly status: number
  readonly message: string
  readonly type: string
  readonly param: string | null
  readonly code: string | null
}

/** A request that passed, defaults filled in. */
export interface ImageRequest {
  readonly prompt: string
  readonly model: Models.Model
  readonly n: number
  readonly width: number
  readonly height: number
  readonly quality: string
  readonly format: Picture.Format
  readonly compression: number
  readonly background: "transparent" | "opaque"
}

type Body = Readonly<Record<string, unknown>>

export const refusal = (code: string | null, param: string | null, message: string): Refusal => ({
  status: 400,
  message,
  type: "invalid_request_error",
  param,
  code
})

const kind = (value: unknown) =>
  Array.isArray(value)
    ? "an array"
    : value === null
    ? "null"
    : typeof value === "number"
    ? Number.isInteger(value) ? "an integer" : "a decimal"
    : typeof value === "object"
    ? "an object"
    : `a ${typeof value}`

const wrongType = (param: string, expected: string, value: unknown) =>
  refusal("invalid_type", param, `Invalid type for '${param}': expected ${expected}, but got ${kind(value)} instead.`)

const list = (values: ReadonlyArray<string>) => {
  const quoted = values.map((value) => `'${value}'`)
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")}${quoted.length > 2 ? "," : ""} and ${quoted[quoted.length - 1]}`
}

/** Looks at one parameter; the body holds it, and it is not null. */
type Rule = (value: unknown, param: string, body: Body, model: Models.Model) => Refusal | undefined

const oneOf = (values: ReadonlyArray<string> | ((model: Models.Model) => ReadonlyArray<string>)): Rule => (value, param, _, model) => {
  const allowed = typeof values === "function" ? values(model) : values
  if (typeof value !== "string") return wrongType(param, `one of ${list(allowed)}`, value)
  return allowed.includes(value)
    ? undefined
    : refusal("invalid_value", param, `Invalid value: '${value.slice(0, 100)}'. Supported values are: ${list(allowed)}.`)
}

const integer = (minimum: number, maximum: number): Rule => (value, param) => {
  if (typeof value !== "number" || !Number.isInteger(value)) return wrongType(param, "an integer", value)
  if (value < minimum) {
    return refusal("integer_below_min_value", param,
      `Invalid '${param}': integer below minimum value. Expected a value >= ${minimum}, but got ${value} instead.`)
  }
  return value > maximum
    ? refusal("integer_above_max_value", param,
      `Invalid '${param}': integer above maximum value. Expected a value <= ${maximum}, but got ${value} instead.`)
    : undefined
}

const string = (minimum: number, maximum: number): Rule => (value, param) => {
  if (typeof value !== "string") return wrongType(param, "a string", value)
  if (value.length < minimum) {
    return refusal("empty_string", param,
      `Invalid '${param}': empty string. Expected a string with minimum length ${minimum}, but got an empty string instead.`)
  }
  return value.length > maximum
    ? refusal("string_above_max_length", param,
      `Invalid '${param}': string too long. Expected a string with maximum length ${maximum}, but got a string with length ${value.length} instead.`)
    : undefined
}

const boolean: Rule = (value, param) => typeof value === "boolean" ? undefined : wrongType(param, "a boolean", value)

const all = (...rules: ReadonlyArray<Rule>): Rule => (value, param, body, model) => {
  for (const rule of rules) {
    const refused = rule(value, param, body, model)
    if (refused !== undefined) return refused
  }
  return undefined
}

const unsupported = (message: string): Rule => (_, param) => refusal("unsupported_parameter", param, message)

const unknown: Rule = (_, param) => refusal("unknown_parameter", param, `Unknown parameter: '${param}'.`)

const format = (body: Body) => body["output_format"] ?? "png"

// Custom sizes: multiples of 16, 1:3 to 3:1, 655,360 to 8,294,400 pixels.
const MIN_PIXELS = 655_360
const MAX_PIXELS = 8_294_400
const presets = ["1024x1024", "1536x1024", "1024x1536", "auto"]

const sizeRefusal = (value: string, why: string): Refusal => ({
  ...refusal("invalid_value", "size", `Invalid size '${value}'. ${why}`),
  type: "image_generation_user_error"
})

const size: Rule = (value, param, body, model) => {
  if (typeof value !== "string" || model.sizes === "presets") return oneOf(presets)(value, param, body, model)
  if (presets.includes(value)) return undefined
  const [, w, h] = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(value) ?? []
  if (w === undefined || h === undefined) {
    return refusal("invalid_value", param, `Invalid value: '${value.slice(0, 100)}'. Expected 'auto' or WIDTHxHEIGHT.`)
  }
  const [width, height] = [Number(w), Number(h)]
  if (width % 16 !== 0 || height % 16 !== 0) return sizeRefusal(value, "Width and height must both be divisible by 16.")
  if (width > height * 3 || height > width * 3) return sizeRefusal(value, "The aspect ratio must be between 1:3 and 3:1.")
  if (width * height < MIN_PIXELS) return sizeRefusal(value, "Requested resolution is below the current minimum pixel budget.")
  return width * height > MAX_PIXELS
    ? sizeRefusal(value, "Requested resolution is above the current maximum pixel budget.")
    : undefined
}

const outputFormat: Rule = (value, param) =>
  value === "gif" || value === "svg"
    ? refusal("invalid_value", param, `The output format '${value}' is in preview, and your organization does not have access to it.`)
    : undefined

const rules: Readonly<Record<string, Rule>> = {
  prompt: string(1, 32_000),
  n: integer(1, 10),
  size,
  quality: oneOf((model) => model.qualities),
  output_format: all(oneOf(["png", "jpeg", "webp", "gif", "svg"]), outputFormat),
  output_compression: all(integer(0, 100), (value, param, body) =>
    format(body) === "png" && value !== 100
      ? refusal("invalid_value", param, "Compression less than 100 is not supported for PNG output format")
      : undefined),
  background: all(oneOf(["transparent", "opaque", "auto"]), (value, param, body) =>
    value === "transparent" && format(body) === "jpeg"
      ? refusal("invalid_value", param, "Transparent background is not supported for JPEG output format. Use png or webp.")
      : undefined),
  moderation: oneOf(["low", "auto"]),
  complexity: all(oneOf(["low", "medium", "high"]), (_, param, __, model) =>
    model.complexity
      ? undefined
      : refusal("unsupported_parameter", param, `The model '${model.id}' does not support the '${param}' parameter.`)),
  stream: all(boolean, (value, param, body, model) =>
    value === true ? unsupported("Streaming is not emulated yet: leave out 'stream'.")(value, param, body, model) : undefined),
  partial_images: all(integer(0, 3), (value, param) =>
    value === 0 ? undefined : refusal("invalid_value", param, "'partial_images' needs 'stream' to be true.")),
  frame_count: unsupported("'frame_count' needs the output format 'gif'."),
  frame_duration_ms: unsupported("'frame_duration_ms' needs the output format 'gif'."),
  svg: unsupported("'svg' needs the output format 'svg'."),
  safety_identifier: string(0, 128),
  user: string(0, 1_000),
  response_format: unknown,
  style: unknown
}

const modelNotFound = (id: string, known: boolean): Refusal => ({
  status: 404,
  message: known
    ? `The model \`${id}\` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations`
    : `The model '${id}' does not exist or you do not have access to it.`,
  type: "invalid_request_error",
  param: null,
  code: "model_not_found"
})

/** The model of this id, if it is served now. */
export const findModel = (id: string, nowMillis: number): Models.Model | Refusal => {
  const model = Models.all.find((model) => model.id === id)
  return model !== undefined && Models.isServed(model, nowMillis) ? model : modelNotFound(id.slice(0, 100), model !== undefined)
}

const isRefusal = (value: Models.Model | Refusal): value is Refusal => "status" in value

const textOr = (value: unknown, otherwise: string) => typeof value === "string" && value !== "auto" ? value : otherwise
const numberOr = (value: unknown, otherwise: number) => typeof value === "number" ? value : otherwise

const resolve = (body: Body, model: Models.Model): ImageRequest => {
  const [width = 1024, height = 1024] = textOr(body["size"], "1024x1024").split("x").map(Number)
  const asked = format(body)
  return {
    prompt: textOr(body["prompt"], String(body["prompt"])),
    model,
    n: numberOr(body["n"], 1),
    width,
    height,
    quality: textOr(body["quality"], "medium"),
    format: asked === "jpeg" || asked === "webp" ? asked : "png",
    compression: numberOr(body["output_compression"], 100),
    background: body["background"] === "transparent" ? "transparent" : "opaque"
  }
}

/** Checks a parsed body in OpenAI's order: unknown parameters, the prompt, the model, then the rest. */
export const check = (body: unknown, nowMillis: number): ImageRequest | Refusal => {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return refusal(null, null, "Invalid request: expected the body to be a JSON object.")
  }
  const fields = body as Body
  for (const param of Object.keys(fields)) {
    if (param !== "model" && !Object.hasOwn(rules, param)) {
      return refusal("unknown_parameter", param.slice(0, 100), `Unknown parameter: '${param.slice(0, 100)}'.`)
    }
  }
  const prompt = fields["prompt"]
  if (prompt === undefined || prompt === null) {
    return refusal("missing_required_parameter", "prompt", "Missing required parameter: 'prompt'.")
  }
  const id = fields["model"] ?? Models.byDefault
  if (typeof id !== "string") return wrongType("model", "a string", id)
  const model = findModel(id, nowMillis)
  if (isRefusal(model)) return model
  for (const [param, rule] of Object.entries(rules)) {
    const value = fields[param]
    if (value === undefined || value === null) continue
    const refused = rule(value, param, fields, model)
    if (refused !== undefined) return refused
  }
  return resolve(fields, model)
}
