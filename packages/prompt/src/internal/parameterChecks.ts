/** The fields beside the prompt, against the limits of the model. */
import type { Field, Repair, Severity } from "../Finding.ts"
import * as Limits from "../Limits.ts"
import type { Request } from "../Check.ts"
import type { Collector } from "./collector.ts"
import * as Sizes from "./sizes.ts"

type Report = (rule: string, severity: Severity, field: Field, message: string, repair?: Omit<Repair, "field">) => void

const maxShown = 40

/** A caller's value in a message: short, and printable. */
const show = (value: string | number): string => {
  const text = String(value).replace(/[^\x20-\x7e]/g, "?")
  return text.length > maxShown ? `${text.slice(0, maxShown)}...` : text
}

const checkSize = (report: Report, { sizes }: Limits.ModelLimits, size: string): void => {
  if (sizes === undefined) return
  const parsed = Sizes.parse(size)
  if (sizes.kind === "presets" ? sizes.sizes.includes(size) : size === "auto") return
  const nearest = Sizes.nearest(sizes, parsed)
  const repair = { value: nearest, description: `Use ${nearest}.` }
  const refuse = (why: string) =>
    report("request/size", "block", "size", `The size ${show(size)} is not accepted${why}. Allowed: ${Sizes.allowed(sizes)}.`, repair)
  if (sizes.kind === "presets") return refuse("")
  if (parsed === undefined) return refuse("")
  if (size !== `${parsed.width}x${parsed.height}`) {
    const why = Sizes.refusal(sizes, parsed)
    return refuse(why === undefined ? ": it must be written WxH" : `: ${why}`)
  }
  const why = Sizes.refusal(sizes, parsed)
  if (why !== undefined) return refuse(`: ${why}`)
  const pixels = parsed.width * parsed.height
  if (pixels < sizes.minPixels) {
    report("request/size-small", "warn", "size", `The size ${show(size)} may be refused: fewer than ${sizes.minPixels} pixels.`, repair)
  } else if (pixels > sizes.experimentalAbovePixels) {
    report("request/size-experimental", "warn", "size", `Sizes above ${sizes.experimentalAbovePixels} pixels are experimental.`)
  }
}

const checkN = (report: Report, limits: Limits.ModelLimits, n: number, format: string): void => {
  const max = format === "svg" ? 1 : limits.maxN
  if (Number.isInteger(n) && n >= 1 && n <= max) return
  const value = Number.isFinite(n) ? Math.min(max, Math.max(1, Math.round(n))) : 1
  const allowed = max === 1 ? "1" : `a whole number from 1 to ${max}`
  report("request/n", "block", "n", `n is ${show(n)}. Allowed: ${allowed}${format === "svg" ? " for svg" : ""}.`, {
    value,
    description: value < n ? `Send ${value}, and the rest in further requests.` : `Send ${value}.`
  })
}

const checkFormat = (report: Report, limits: Limits.ModelLimits, format: string): void => {
  if (limits.formats.includes(format)) return
  if (limits.previewFormats.includes(format)) {
    report("request/format-preview", "warn", "format", `The format ${show(format)} needs preview access.`)
    return
  }
  const value = format.toLowerCase() === "jpg" ? "jpeg" : format.toLowerCase()
  const repaired = limits.formats.includes(value) ? value : Limits.defaultFormat
  report("request/format", "block", "format", `The format ${show(format)} is not accepted. Allowed: ${limits.formats.join(", ")}.`, {
    value: repaired,
    description: `Use ${repaired}.`
  })
}

const checkQuality = (report: Report, { qualities }: Limits.ModelLimits, quality: string): void => {
  if (qualities === undefined || qualities.includes(quality)) return
  // The old names of DALL-E 3, and the new top ones on models that end at high.
  const near: Readonly<Record<string, string>> = { standard: "medium", hd: "high", xhigh: "high", max: "high", high: "hd" }
  const wanted = Object.hasOwn(near, quality) ? near[quality] : undefined
  const value = wanted !== undefined && qualities.includes(wanted) ? wanted : qualities[0] ?? null
  report("request/quality", "block", "quality", `The quality ${show(quality)} is not accepted. Allowed: ${qualities.join(", ")}.`, {
    value,
    description: `Use ${value}.`
  })
}

const checkBackground = (report: Report, limits: Limits.ModelLimits, background: string, format: string): void => {
  const { backgrounds } = limits
  if (!backgrounds.includes(background)) {
    const message = backgrounds.length === 0
      ? "This model has no background setting."
      : `The background ${show(background)} is not accepted. Allowed: ${backgrounds.join(", ")}.`
    report("request/background", "block", "background", message, { value: null, description: "Leave the background out." })
    return
  }
  if (background === "transparent" && !Limits.transparentFormats.includes(format)) {
    const message = `A transparent background cannot be kept in ${show(format)}. Allowed: ${Limits.transparentFormats.join(", ")}.`
    report("request/transparency-format", "block", "format", message, { value: "png", description: "Use png." })
  }
  if (limits.previewBackgrounds.includes(background)) {
    report("request/background-preview", "warn", "background", `The background ${show(background)} is a preview on this model.`)
  }
}

const checkCompression = (report: Report, limits: Limits.ModelLimits, compression: number, format: string): void => {
  if (!Number.isInteger(compression) || compression < 0 || compression > 100) {
    const value = Number.isFinite(compression) ? Math.min(100, Math.max(0, Math.round(compression))) : 100
    report("request/compression", "block", "compression", `The compression is ${show(compression)}. Allowed: a whole number from 0 to 100.`, {
      value,
      description: `Use ${value}.`
    })
    return
  }
  if (compression === 100 || Limits.compressibleFormats.includes(format)) return
  const takes = Limits.compressibleFormats.filter((name) => limits.formats.includes(name))
  const instead = takes.length === 0 ? "This model has none that take it." : `Allowed with: ${takes.join(", ")}.`
  report("request/compression-format", "block", "compression", `Compression does not apply to ${show(format)}. ${instead}`, {
    value: null,
    description: "Leave the compression out."
  })
}

interface Types {
  readonly string: string
  readonly number: number
}

const isA = <T extends keyof Types>(value: unknown, type: T): value is Types[T] => typeof value === type

/** The value if it has its type. Untyped callers send others; those are findings, and `null` is absence. */
const typed = <T extends keyof Types>(report: Report, field: Field, value: unknown, type: T): Types[T] | undefined => {
  if (value === undefined || value === null) return undefined
  if (isA(value, type)) return value
  report(`request/${field}-type`, "block", field, `The field ${field} must be a ${type}.`, {
    value: null,
    description: `Leave ${field} out, or send a ${type}.`
  })
  return undefined
}

const checkModel = (report: Report, limits: Limits.ModelLimits, model: string, now: number | undefined): void => {
  const { shutdown } = limits
  if (shutdown === undefined) return
  const past = now !== undefined && now >= Date.parse(`${shutdown.date}T00:00:00Z`)
  const message = past
    ? `The model ${show(model)} was shut down on ${shutdown.date}.`
    : `The model ${show(model)} has its shutdown on ${shutdown.date}.`
  report(past ? "request/model-shut-down" : "request/model-shutting-down", past ? "block" : "warn", "model", message, {
    value: shutdown.replacement,
    description: `Use ${shutdown.replacement}.`
  })
}

/** `now` in epoch milliseconds; absent: a shutdown is a warning whatever its date. */
export const check = (collector: Collector, request: Request, applicable: Limits.Applicable, now: number | undefined): void => {
  const { limits, strict } = applicable
  const report: Report = (id, severity, field, message, repair) =>
    collector.addField(
      {
        id,
        severity: strict ? severity : "warn",
        category: field === "model" ? "invalid/model" : "invalid/parameter",
        message: strict ? message : `${message} The limit is OpenAI's; this server may have another.`
      },
      field,
      repair === undefined ? undefined : { field, ...repair }
    )
  const text = (field: Field, value: unknown): string | undefined => typed(report, field, value, "string")
  const number = (field: Field, value: unknown): number | undefined => typed(report, field, value, "number")
  const asked = text("format", request.format)
  const format = asked ?? Limits.defaultFormat
  const size = text("size", request.size)
  const n = number("n", request.n)
  const quality = text("quality", request.quality)
  const background = text("background", request.background)
  const compression = number("compression", request.compression)
  if (strict && request.model !== undefined) checkModel(report, limits, request.model, now)
  if (size !== undefined) checkSize(report, limits, size)
  if (n !== undefined) checkN(report, limits, n, format)
  if (quality !== undefined) checkQuality(report, limits, quality)
  if (asked !== undefined) checkFormat(report, limits, asked)
  if (background !== undefined) checkBackground(report, limits, background, format)
  if (compression !== undefined) checkCompression(report, limits, compression, format)
}
