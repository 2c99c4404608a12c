/** Where an emulator's pictures come from: drawn per prompt, or one plain picture per size and format. */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import * as Picture from "../Picture.ts"

/** Two at a time: sharp has threads of its own, and answers should not starve behind drawing. */
const CONCURRENCY = 2

/** Plain pictures kept: all presets in all formats, and many custom sizes. */
const MAX_CACHED = 64

export interface Order {
  readonly prompt: string
  readonly index: number
  readonly width: number
  readonly height: number
  readonly format: Picture.Format
  readonly compression: number
  readonly transparent: boolean
  readonly footnote: string
}

export interface Studio {
  readonly formats: ReadonlySet<Picture.Format>
  readonly make: (order: Order) => Effect.Effect<Uint8Array, Picture.PictureError>
}

// At 100 OpenAI compresses least; sharp's 100 would be near-lossless and ten times the bytes.
const quality = (compression: number) => Math.max(1, Math.min(90, compression))

const plain = (seed: number) => {
  const cache = new Map<string, Uint8Array>()
  return Effect.fnUntraced(function*(order: Order): Effect.fn.Return<Uint8Array, Picture.PictureError> {
    const key = `${order.width}x${order.height}.${order.format}.${order.compression}`
    const known = cache.get(key)
    if (known !== undefined) return known
    const { format, height, width } = order
    const bytes = yield* Picture.plain({ width, height, format, seed, quality: quality(order.compression) })
    const oldest = cache.keys().next().value
    if (cache.size >= MAX_CACHED && oldest !== undefined) cache.delete(oldest)
    cache.set(key, bytes)
    return bytes
  })
}

const drawn = (seed: number) => (order: Order) =>
  Picture.draw({ ...order, seed, quality: quality(order.compression) })

/** `mode` undefined: drawn if sharp can be imported. Fails if drawing was asked for and cannot be done. */
export const make = Effect.fnUntraced(function*(
  mode: "drawn" | "plain" | undefined,
  seed: number
): Effect.fn.Return<Studio, Picture.PictureError> {
  const canDraw = yield* Picture.canDraw
  if (mode === "drawn" && !canDraw) return yield* new Picture.PictureError({ reason: "SharpMissing" })
  const drawing = yield* Semaphore.make(CONCURRENCY)
  const picture = mode === "plain" || !canDraw ? plain(seed) : drawn(seed)
  return {
    formats: new Set<Picture.Format>(canDraw ? ["png", "jpeg", "webp"] : ["png"]),
    make: (order) => drawing.withPermits(1)(picture(order))
  }
})
