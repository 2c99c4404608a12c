/** Seeded pseudo-random numbers: the same parts give the same numbers on every machine. */

/** A generator of numbers in [0, 1). */
export type Random = () => number

/** 128 bits of state from any text (MurmurHash3-like mixing, after cyrb128; public domain). */
const hash = (text: string): [number, number, number, number] => {
  let h1 = 1779033703
  let h2 = 3144134277
  let h3 = 1013904242
  let h4 = 2773480762
  for (let i = 0; i < text.length; i++) {
    const k = text.charCodeAt(i)
    h1 = h2 ^ Math.imul(h1 ^ k, 597399067)
    h2 = h3 ^ Math.imul(h2 ^ k, 2869860233)
    h3 = h4 ^ Math.imul(h3 ^ k, 951274213)
    h4 = h1 ^ Math.imul(h4 ^ k, 2716044179)
  }
  h1 = Math.imul(h3 ^ (h1 >>> 18), 597399067)
  h2 = Math.imul(h4 ^ (h2 >>> 22), 2869860233)
  h3 = Math.imul(h1 ^ (h3 >>> 17), 951274213)
  h4 = Math.imul(h2 ^ (h4 >>> 19), 2716044179)
  return [(h1 ^ h2 ^ h3 ^ h4) >>> 0, (h2 ^ h1) >>> 0, (h3 ^ h1) >>> 0, (h4 ^ h1) >>> 0]
}

/** A generator (sfc32) seeded by the parts, which are joined with a character that JSON text cannot hold raw. */
export const make = (...parts: ReadonlyArray<string | number>): Random => {
  let [a, b, c, d] = hash(parts.join("\u0000"))
  const next = () => {
    const t = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + t) | 0
    return (t >>> 0) / 4294967296
  }
  // sfc32 needs a few rounds before its state is mixed.
  for (let i = 0; i < 12; i++) next()
  return next
}

/** An integer in [min, max]. */
export const int = (random: Random, min: number, max: number): number => min + Math.floor(random() * (max - min + 1))

/** A number in [min, max). */
export const between = (random: Random, min: number, max: number): number => min + random() * (max - min)

/** One of the items, which must not be empty. */
export const pick = <A>(random: Random, items: readonly [A, ...ReadonlyArray<A>]): A =>
  items[Math.floor(random() * items.length)] ?? items[0]

/** `count` hexadecimal digits. */
export const hex = (random: Random, count: number): string =>
  Array.from({ length: count }, () => int(random, 0, 15).toString(16)).join("")
