/**
 * What images cost, as data with its date. A bill is computed from the tokens that the provider counted; an estimate
 * before sending comes from the printed price of a picture. What is not known is `undefined`, never zero.
 *
 * Sources: OpenAI's model and pricing pages as of November 2026; per-picture prices of gpt-image-2 and 1.5 as printed there.
 */
import type { Usage } from "./ImageModel.ts"

/** The day on which these prices were read. */
export const asOf = "2026-11-22"

export interface Cost {
  /** US dollars. */
  readonly usd: number
  /** `usage`: from the tokens that the provider counted. `estimate`: from the printed price of a picture. */
  readonly basis: "usage" | "estimate"
  /** The day of the prices, `YYYY-MM-DD`. */
  readonly pricesAsOf: string
}

interface Tokens {
  /** US dollars for a million tokens. */
  readonly textIn: number
  readonly imageIn: number
  readonly imageOut: number
}

interface PerImage {
  /** US dollars for a picture of 1024x1024, and for one of 1024x1536 or 1536x1024, by quality. */
  readonly square: Readonly<Record<string, number>>
  readonly long: Readonly<Record<string, number>>
}

interface Prices {
  readonly models: RegExp
  readonly tokens: Tokens
  readonly perImage?: PerImage
}

const openai: ReadonlyArray<Prices> = [
  {
    models: /^gpt-image-2(?:-\d{4}-\d\d-\d\d)?$/,
    tokens: { textIn: 5, imageIn: 8, imageOut: 30 },
    perImage: {
      square: { low: 0.006, medium: 0.053, high: 0.211 },
      long: { low: 0.005, medium: 0.041, high: 0.165 }
    }
  },
  { models: /^gpt-image-2\.[56]-(?:sunburst|flare)(?:-\d{4}-\d\d-\d\d)?$/, tokens: { textIn: 5, imageIn: 8, imageOut: 30 } },
  {
    models: /^(?:gpt-image-1\.5(?:-\d{4}-\d\d-\d\d)?|chatgpt-image-latest)$/,
    tokens: { textIn: 5, imageIn: 8, imageOut: 32 },
    perImage: {
      square: { low: 0.009, medium: 0.034, high: 0.133 },
      long: { low: 0.013, medium: 0.05, high: 0.2 }
    }
  },
  { models: /^gpt-image-1-mini$/, tokens: { textIn: 2, imageIn: 2.5, imageOut: 8 } }
]

const pricesOf = (provider: string, model: string): Prices | undefined =>
  provider === "openai" ? openai.find((prices) => prices.models.test(model)) : undefined

/** The bill for tokens that the provider counted; `undefined` when the model's prices are not known. */
export const fromUsage = (provider: string, model: string, usage: Usage): Cost | undefined => {
  const prices = pricesOf(provider, model)
  if (prices === undefined) return undefined
  const imageIn = usage.inputImageTokens ?? 0
  const textIn = usage.inputTextTokens ?? Math.max(0, usage.inputTokens - imageIn)
  const { tokens } = prices
  const usd = (textIn * tokens.textIn + imageIn * tokens.imageIn + usage.outputTokens * tokens.imageOut) / 1_000_000
  return { usd, basis: "usage", pricesAsOf: asOf }
}

const squarePixels = 1024 * 1024

/**
 * What a request will cost, before it is sent; `undefined` when nothing is printed for the model or the quality.
 *
 * `auto`, or no quality, counts as `high` and `auto` as a size counts as 1024x1024: an estimate is there to be stayed
 * under. A size that has no printed price counts by its area.
 */
export const estimate = (provider: string, model: string, request: {
  readonly n?: number | undefined
  readonly size?: string | undefined
  readonly quality?: string | undefined
}): Cost | undefined => {
  const perImage = pricesOf(provider, model)?.perImage
  if (perImage === undefined) return undefined
  const quality = request.quality === undefined || request.quality === "auto" ? "high" : request.quality
  const isLong = request.size === "1024x1536" || request.size === "1536x1024"
  const printed = (isLong ? perImage.long : perImage.square)[quality]
  if (printed === undefined) return undefined
  const size = /^(\d+)x(\d+)$/.exec(request.size ?? "")
  const area = size === null || isLong ? squarePixels : Number(size[1]) * Number(size[2])
  const each = printed * area / squarePixels
  return { usd: each * (request.n ?? 1), basis: "estimate", pricesAsOf: asOf }
}
