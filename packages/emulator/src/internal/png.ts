/** A PNG of seeded tiles, encoded with node:zlib alone: for machines without sharp, and for load tests. */
import { crc32, deflateSync } from "node:zlib"
import * as Prng from "./prng.ts"

// Sizes of generated images are multiples of 16, so tiles of 64 or 32 mostly fit.
const TILE = 32

const chunk = (type: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  body.copy(framed, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}

/** Sixteen colours between two seeded ones. */
const palette = (random: Prng.Random): Buffer => {
  const [from, to] = [0, 1].map(() => [0, 1, 2].map(() => Prng.int(random, 20, 235))) as [Array<number>, Array<number>]
  return Buffer.from(Array.from({ length: 16 }, (_, i) => i / 15).flatMap((t) =>
    from.map((low, channel) => Math.round(low + ((to[channel] ?? 0) - low) * t))
  ))
}

/** The bytes of a PNG (8 bit, indexed colour) of exactly this size. */
export const encode = (options: { readonly width: number; readonly height: number; readonly seed: number }): Uint8Array => {
  const { height, width } = options
  const random = Prng.make(options.seed, "plain", width, height)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  const colours = palette(random)
  const stride = width + 1
  const raw = Buffer.alloc(stride * height)
  for (let top = 0; top < height; top += TILE) {
    const row = Buffer.alloc(stride)
    for (let left = 0; left < width; left += TILE) {
      const slope = ((left / width + top / height) / 2) * 13
      row.fill(Math.min(15, Math.floor(slope) + Prng.int(random, 0, 2)), left + 1, Math.min(left + TILE, width) + 1)
    }
    for (let y = top; y < Math.min(top + TILE, height); y++) row.copy(raw, y * stride)
  }
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("PLTE", colours),
    chunk("IDAT", deflateSync(raw, { level: 6 })),
    chunk("IEND", Buffer.alloc(0))
  ])
}
