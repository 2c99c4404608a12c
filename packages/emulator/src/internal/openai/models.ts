/** OpenAI's image models as of 2026-11-22: what each accepts, what it costs, until when it is served. */

export interface Model {
  readonly id: string
  /** Seconds since the epoch. */
  readonly created: number
  /** The first day on which it is not served any more (UTC). */
  readonly shutdown?: string
  /** `custom`: any WxH within the limits, beside the presets. */
  readonly sizes: "presets" | "custom"
  readonly qualities: ReadonlyArray<string>
  readonly complexity: boolean
  readonly prices: Prices
}

/** US dollars per million tokens, and output tokens per 1024x1024 image by quality. */
export interface Prices {
  readonly textIn: number
  readonly imageOut: number
  readonly square: Readonly<Record<string, number>>
  /** The published figures of 1536x1024 and 1024x1536; other sizes scale by area from the square. */
  readonly oblong: Readonly<Record<string, number>>
}

const tokens = (usdCents: number, imageOut: number) => Math.round((usdCents / 100 / imageOut) * 1_000_000)

const priced = (
  textIn: number,
  imageOut: number,
  square: Readonly<Record<string, number>>,
  oblong: Readonly<Record<string, number>>
): Prices => {
  const perImage = (cents: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(cents).map(([quality, value]) => [quality, tokens(value, imageOut)]))
  return { textIn, imageOut, square: perImage(square), oblong: perImage(oblong) }
}

// Cents per image as published; xhigh and max have no published figure: half as much again, and twice, of high.
const two = priced(5, 30,
  { low: 0.6, medium: 5.3, high: 21.1, xhigh: 31.7, max: 42.2 },
  { low: 0.5, medium: 4.1, high: 16.5, xhigh: 24.8, max: 33 })
const oneAndHalf = priced(5, 32, { low: 0.9, medium: 3.4, high: 13.3 }, { low: 1.3, medium: 5, high: 20 })
// No per-image figure in the price table of 2026-08-21: the token counts of gpt-image-1 at 8 dollars a million.
const mini = priced(2, 8, { low: 0.22, medium: 0.84, high: 3.33 }, { low: 0.33, medium: 1.27, high: 5 })

const basic = ["low", "medium", "high", "auto"]
const fine = ["low", "medium", "high", "xhigh", "max", "auto"]

const model = (id: string, day: string, rest: Partial<Omit<Model, "id" | "created">>): Model => ({
  id,
  created: Date.parse(day) / 1_000,
  sizes: "custom",
  qualities: basic,
  complexity: false,
  prices: two,
  ...rest
})

const old = { sizes: "presets", prices: oneAndHalf, shutdown: "2026-12-01" } as const
const gone = { sizes: "presets", prices: oneAndHalf } as const

/** Every model that the emulator knows, the ones that were shut down too. */
export const all: ReadonlyArray<Model> = [
  model("gpt-image-2.6-sunburst", "2026-11-05", { qualities: fine, complexity: true }),
  model("gpt-image-2.6-flare", "2026-11-05", { qualities: fine, complexity: true }),
  model("gpt-image-2.5-sunburst", "2026-09-08", { qualities: fine }),
  model("gpt-image-2.5-sunburst-2026-09-08", "2026-09-08", { qualities: fine }),
  model("gpt-image-2.5-flare", "2026-09-08", { qualities: fine }),
  model("gpt-image-2.5-flare-2026-09-08", "2026-09-08", { qualities: fine }),
  model("gpt-image-2", "2026-04-21", {}),
  model("gpt-image-2-2026-04-21", "2026-04-21", {}),
  model("gpt-image-1.5", "2025-12-16", old),
  model("gpt-image-1.5-2025-12-16", "2025-12-16", old),
  model("chatgpt-image-latest", "2025-12-16", old),
  model("gpt-image-1-mini", "2025-10-06", { ...old, prices: mini }),
  model("gpt-image-1", "2025-04-23", { ...gone, shutdown: "2026-10-23" }),
  model("dall-e-3", "2023-11-06", { ...gone, shutdown: "2026-05-12" }),
  model("dall-e-2", "2022-11-03", { ...gone, shutdown: "2026-05-12" })
]

/** The model of a request that names none. OpenAI no longer documents its own default. */
export const byDefault = "gpt-image-2"

// The day of this table: a clock that runs behind must not bring a model back that was gone by then.
const TABLE_MILLIS = Date.parse("2026-11-22")

/** Whether the model is served at this time. */
export const isServed = (model: Model, nowMillis: number): boolean =>
  model.shutdown === undefined || Math.max(nowMillis, TABLE_MILLIS) < Date.parse(model.shutdown)

/** The model's public record. */
export const describe = (model: Model) => ({
  id: model.id,
  object: "model",
  created: model.created,
  owned_by: "system",
  shutdown_date: model.shutdown ?? null
})

/** What one request costs. */
export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly usd: number
}

/** Text counts four characters a token, as OpenAI's rule of thumb has it. */
export const usage = (model: Model, request: {
  readonly prompt: string
  readonly n: number
  readonly width: number
  readonly height: number
  readonly quality: string
}): Usage => {
  const { prices } = model
  const area = request.width * request.height
  const square = prices.square[request.quality] ?? prices.square["medium"] ?? 0
  const isOblong = area === 1536 * 1024 && (request.width === 1536 || request.height === 1536)
  const perImage = (isOblong ? prices.oblong[request.quality] : undefined) ?? Math.round((square * area) / (1024 * 1024))
  const inputTokens = Math.max(1, Math.ceil(request.prompt.length / 4))
  const outputTokens = perImage * request.n
  const usd = (inputTokens * prices.textIn + outputTokens * prices.imageOut) / 1_000_000
  return { inputTokens, outputTokens, usd: Math.round(usd * 1e6) / 1e6 }
}
