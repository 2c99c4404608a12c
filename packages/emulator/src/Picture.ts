/**
 * Pictures made from a prompt: real PNG, JPEG and WebP bytes of exactly the size asked for, the same for the same input.
 *
 * `draw` letters the prompt over a seeded background and needs the optional peer `sharp`; `plain` draws seeded tiles,
 * as a PNG with nothing but Node. Neither looks at what the prompt means.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Artwork from "./internal/artwork.ts"
import * as Caption from "./internal/caption.ts"
import * as Font from "./internal/font.ts"
import * as Png from "./internal/png.ts"
import * as Prng from "./internal/prng.ts"

/** The formats that can be drawn. */
export const Format = Schema.Literals(["png", "jpeg", "webp"])
/** The formats that can be drawn. */
export type Format = typeof Format.Type

/** `sharp` is not installed, or failed. */
export class PictureError extends Schema.TaggedError<PictureError>("@fixative/emulator/PictureError")("PictureError", {
  reason: Schema.Literals(["SharpMissing", "DrawingFailed"]),
  cause: Schema.optional(Schema.Defect())
}) {
  override get message() {
    return this.reason === "SharpMissing"
      ? "The package \"sharp\" cannot be imported: install it, or ask for plain PNG pictures."
      : "The picture could not be drawn."
  }
}

/** What both kinds of picture need to know. `width` and `height` in pixels; `quality` 1 to 100 (JPEG and WebP). */
export interface Size {
  readonly width: number
  readonly height: number
  readonly format: Format
  /** Default 90. */
  readonly quality?: number
  readonly seed: number
}

/** What a drawn picture shows. */
export interface Subject extends Size {
  readonly prompt: string
  /** Which of several pictures for one prompt it is, from 0. */
  readonly index: number
  /** A line below the prompt, such as model and size. Default: the size. */
  readonly footnote?: string
  /** Leaves the sky out (PNG and WebP). Default false. */
  readonly transparent?: boolean
}

const importSharp = Effect.tryPromise({
  try: async () => (await import("sharp")).default as Caption.SharpFactory,
  catch: (cause) => new PictureError({ reason: "SharpMissing", cause })
})

const makeLettering = Effect.map(importSharp, (sharp): Caption.Lettering => {
  const fontFile = Font.file()
  return { sharp, fontFile, has: Font.coverage(fontFile) }
})

// Reading the font's table takes a few milliseconds: once per process is enough.
const lettering = Effect.runSync(Effect.cached(makeLettering))

/** Whether `sharp` can be imported here. */
export const canDraw: Effect.Effect<boolean> = Effect.isSuccess(lettering)

const encode = (image: ReturnType<Caption.SharpFactory>, size: Size) => {
  const quality = Math.min(100, Math.max(1, size.quality ?? 90))
  switch (size.format) {
    case "png":
      return image.png({ compressionLevel: 6 }).toBuffer()
    case "jpeg":
      return image.jpeg({ quality }).toBuffer()
    case "webp":
      return image.webp({ quality, effort: 2 }).toBuffer()
  }
}

const failed = (cause: unknown) => new PictureError({ reason: "DrawingFailed", cause })

/** Draws the prompt, legibly, over a background of its own. Takes 30 to 150 ms for a megapixel. */
export const draw = Effect.fn("Picture.draw")(function*(subject: Subject): Effect.fn.Return<Uint8Array, PictureError> {
  const tools = yield* lettering
  return yield* Effect.tryPromise({
    try: async () => {
      const { height, width } = subject
      const background = Artwork.svg({
        width,
        height,
        random: Prng.make(subject.seed, "picture", subject.index, subject.prompt),
        transparent: subject.transparent === true && subject.format !== "jpeg"
      })
      const overlays = await Caption.label(tools, {
        prompt: subject.prompt,
        footnote: subject.footnote ?? `${width}x${height}`,
        width,
        height
      })
      const image = tools.sharp(Buffer.from(background)).composite(
        overlays.map(({ input, left, top }) => ({ input: Buffer.from(input), left, top }))
      )
      return await encode(image, subject)
    },
    catch: failed
  })
})

/** Draws seeded tiles. A PNG needs nothing but Node; JPEG and WebP need `sharp`. */
export const plain = Effect.fn("Picture.plain")(function*(size: Size): Effect.fn.Return<Uint8Array, PictureError> {
  const png = Png.encode(size)
  if (size.format === "png") return png
  const sharp = yield* importSharp
  return yield* Effect.tryPromise({ try: () => encode(sharp(png), size), catch: failed })
})
