/** A portable request in the words of OpenAI's `POST /images/generations`. */
import type { GenerateRequest, Warning } from "../ImageModel.ts"
import type { RequestOptions } from "../OpenAi.ts"

export interface Wire {
  readonly body: Readonly<Record<string, unknown>>
  readonly warnings: ReadonlyArray<Warning>
}

const isDallE = (model: string): boolean => model.startsWith("dall-e-")

const defined = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

/**
 * Only what was asked for is sent, so that a server's own defaults hold. DALL-E models answer with URLs unless they are
 * told otherwise, and know no output format; GPT image models refuse `response_format`.
 */
export const toWire = (model: string, request: GenerateRequest, options: RequestOptions): Wire => {
  const common = { model, prompt: request.prompt, n: request.n, size: request.size, quality: request.quality }
  if (isDallE(model)) {
    const ignored = (["format", "compression", "background"] as const).filter((field) => request[field] !== undefined)
    return {
      body: defined({ ...common, response_format: "b64_json", style: options.style, user: request.user }),
      warnings: ignored.map((field): Warning => ({ kind: "option", message: `${model} knows no ${field}; it was left out` }))
    }
  }
  return {
    body: defined({
      ...common,
      output_format: request.format,
      output_compression: request.compression,
      background: request.background,
      moderation: options.moderation,
      complexity: options.complexity,
      safety_identifier: request.user
    }),
    warnings: options.style === undefined ? [] : [{ kind: "option", message: `${model} knows no style; it was left out` }]
  }
}
