/** OpenAI's answer to a generation, as images. Unknown fields are passed over, and enumerations are open strings. */
import * as Base64 from "effect/encoding/Base64"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { GenerateRequest, Image, Usage, Warning } from "../ImageModel.ts"
import * as Sniff from "../Sniff.ts"

const Nullable = <S extends Schema.Top>(schema: S) => Schema.optional(Schema.NullOr(schema))

const Answer = Schema.Struct({
  data: Schema.Array(Schema.Struct({
    b64_json: Nullable(Schema.String),
    url: Nullable(Schema.String),
    revised_prompt: Nullable(Schema.String)
  })),
  usage: Nullable(Schema.Struct({
    input_tokens: Schema.Finite,
    output_tokens: Schema.Finite,
    input_tokens_details: Nullable(Schema.Struct({
      text_tokens: Nullable(Schema.Finite),
      image_tokens: Nullable(Schema.Finite)
    }))
  }))
})

/** One entry of `data`: bytes that came with it, or the address where they lie. */
export interface Entry {
  readonly bytes: Uint8Array | undefined
  readonly url: string | undefined
  readonly revisedPrompt: string | undefined
}

export interface Decoded {
  readonly entries: ReadonlyArray<Entry>
  readonly usage: Usage | undefined
}

const decodeAnswer = Schema.decodeUnknownOption(Answer)

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `undefined` when the text is no answer of this kind at all. */
export const decode = (text: string): Decoded | undefined => {
  const answer = Option.getOrUndefined(decodeAnswer(parse(text)))
  if (answer === undefined) return undefined
  const { usage } = answer
  return {
    entries: answer.data.map(({ b64_json, revised_prompt, url }) => ({
      bytes: b64_json === null || b64_json === undefined ? undefined : Result.getOrUndefined(Base64.decode(b64_json)),
      url: url ?? undefined,
      revisedPrompt: revised_prompt ?? undefined
    })),
    usage: usage === null || usage === undefined ? undefined : {
      inputTokens: usage.input_tokens,
      outputTokens: usage.output_tokens,
      inputTextTokens: usage.input_tokens_details?.text_tokens ?? undefined,
      inputImageTokens: usage.input_tokens_details?.image_tokens ?? undefined
    }
  }
}

/** A picture, if the bytes are one. */
export const imageOf = (bytes: Uint8Array, revisedPrompt: string | undefined): Image | undefined => {
  const sniffed = Sniff.sniff(bytes)
  return sniffed === undefined ? undefined : { bytes, ...sniffed, revisedPrompt }
}

/** What differs from what was asked for. */
export const differences = (request: GenerateRequest, images: ReadonlyArray<Image>): ReadonlyArray<Warning> => {
  const warnings: Array<Warning> = []
  const wanted = request.n ?? 1
  if (images.length !== wanted) {
    warnings.push({ kind: "count", message: `asked for ${wanted} image${wanted === 1 ? "" : "s"}, got ${images.length}` })
  }
  for (const { height, mediaType, width } of images) {
    if (request.format !== undefined && mediaType !== `image/${request.format}`) {
      warnings.push({ kind: "format", message: `asked for ${request.format}, got ${mediaType}; kept as it is` })
    }
    if (request.size !== undefined && request.size !== "auto" && width !== undefined && request.size !== `${width}x${height}`) {
      warnings.push({ kind: "size", message: `asked for ${request.size}, got ${width}x${height}; kept as it is` })
    }
  }
  return warnings
}
