/** Sizes: reading them, judging them, and the nearest one that is allowed. */
import type { CustomSizes, Sizes } from "../Limits.ts"

export interface Dimensions {
  readonly width: number
  readonly height: number
}

export const parse = (size: string): Dimensions | undefined => {
  const match = /^\s{0,8}(\d{1,6})\s{0,4}[x×*]\s{0,4}(\d{1,6})\s{0,8}$/iu.exec(size)
  return match === null ? undefined : { width: Number(match[1]), height: Number(match[2]) }
}

const print = (size: Dimensions): string => `${size.width}x${size.height}`

/** Why a custom size is refused, or `undefined`. */
export const refusal = (rule: CustomSizes, size: Dimensions): string | undefined => {
  const long = Math.max(size.width, size.height)
  const short = Math.min(size.width, size.height)
  if (short === 0) return "an edge is zero"
  if (size.width % rule.multipleOf !== 0 || size.height % rule.multipleOf !== 0) {
    return `both edges must be multiples of ${rule.multipleOf}`
  }
  if (long > short * rule.maxRatio) return `its sides differ by more than 1:${rule.maxRatio}`
  if (long > rule.maxEdge) return `an edge is longer than ${rule.maxEdge}`
  return long * short > rule.maxPixels ? `it has more than ${rule.maxPixels} pixels` : undefined
}

const nearestCustom = (rule: CustomSizes, size: Dimensions): Dimensions => {
  const ratio = Math.min(rule.maxRatio, Math.max(1 / rule.maxRatio, size.width / size.height))
  const smallest = rule.minPixels
  const area = Math.min(rule.maxPixels, Math.max(smallest, size.width * size.height))
  let width = Math.sqrt(area * ratio)
  let height = width / ratio
  const shrink = Math.min(1, rule.maxEdge / Math.max(width, height))
  width *= shrink
  height *= shrink
  const step = rule.multipleOf
  const round = (edge: number) => Math.max(step, Math.round(edge / step) * step)
  let out: Dimensions = { width: round(width), height: round(height) }
  // Rounding can step over a bound by one unit: the shorter edge grows, or the longer one gives way.
  if (out.width * out.height < smallest) {
    out = out.width < out.height
      ? { width: out.width + step, height: out.height }
      : { width: out.width, height: out.height + step }
  }
  for (let tries = 0; tries < 8 && refusal(rule, out) !== undefined; tries++) {
    out = out.width >= out.height
      ? { width: out.width - step, height: out.height }
      : { width: out.width, height: out.height - step }
  }
  return out
}

/** Shape first, then area. */
const distance = (a: Dimensions, b: Dimensions): number =>
  Math.abs(Math.log((a.width * b.height) / (a.height * b.width))) * 10 +
  Math.abs(Math.log((a.width * a.height) / (b.width * b.height)))

/** The nearest allowed size as `WxH`; for a size that cannot be read, the first of the presets or `auto`. */
export const nearest = (sizes: Sizes, size: Dimensions | undefined): string => {
  const usable = size !== undefined && size.width > 0 && size.height > 0 ? size : undefined
  if (sizes.kind === "custom") return usable === undefined ? "auto" : print(nearestCustom(sizes, usable))
  let best = sizes.sizes[0] ?? "auto"
  let least = Infinity
  for (const preset of sizes.sizes) {
    const parsed = parse(preset)
    if (usable === undefined || parsed === undefined) continue
    const far = distance(usable, parsed)
    if (far < least) {
      least = far
      best = preset
    }
  }
  return best
}

/** What is allowed, for a message. */
export const allowed = (sizes: Sizes): string =>
  sizes.kind === "presets"
    ? sizes.sizes.join(", ")
    : `auto, or WxH with both edges multiples of ${sizes.multipleOf}, at most 1:${sizes.maxRatio}, edges up to ${sizes.maxEdge}, up to ${sizes.maxPixels} pixels`
