/**
 * What each OpenAI image model takes, as data: prompt length, sizes, number of images, qualities, formats,
 * backgrounds, and the day it is shut down.
 *
 * Sources, read in November 2026: the `openai` SDK 7.57.0 (`src/resources/images.ts`), the OpenAPI description
 * openai/openai-openapi@f85dbe223d40, OpenAI's deprecations page and model pages. Where only a third party gives a
 * number, its docstring says so, and breaking it is a warning.
 *
 * A model that is not listed has no limits here: servers that speak OpenAI's protocol may serve any model.
 */

/** Presets only, as `WxH` or `auto`. */
export interface PresetSizes {
  readonly kind: "presets"
  readonly sizes: ReadonlyArray<string>
}

/** `auto` or any `WxH` within these bounds, all in pixels. */
export interface CustomSizes {
  readonly kind: "custom"
  /** Both edges are multiples of it. */
  readonly multipleOf: number
  /** The longer edge over the shorter one, at most. */
  readonly maxRatio: number
  readonly maxEdge: number
  readonly maxPixels: number
  /** Above this many pixels the provider calls the size experimental. */
  readonly experimentalAbovePixels: number
  /** Third-party figure: the provider's own text names no minimum. */
  readonly minPixels: number
}

export type Sizes = PresetSizes | CustomSizes

export interface Shutdown {
  /** `YYYY-MM-DD`, taken as midnight UTC; the provider names no hour. */
  readonly date: string
  readonly replacement: string
}

export interface ModelLimits {
  /**
   * In code points. The documentation says "characters" and no more. A prompt that is longer only in UTF-16 units
   * (emoji count twice there) is a warning, one that is longer in code points is blocked.
   */
  readonly maxPromptLength: number
  /** Absent: any. */
  readonly sizes?: Sizes
  /** Images a request. */
  readonly maxN: number
  /** Absent: any. */
  readonly qualities?: ReadonlyArray<string>
  readonly formats: ReadonlyArray<string>
  /** Formats that need preview access: a warning. */
  readonly previewFormats: ReadonlyArray<string>
  /** Empty: the model has no background setting. */
  readonly backgrounds: ReadonlyArray<string>
  /** Backgrounds that need preview access: a warning. */
  readonly previewBackgrounds: ReadonlyArray<string>
  readonly shutdown?: Shutdown
}

/** Formats that keep transparency. */
export const transparentFormats: ReadonlyArray<string> = ["png", "webp"]

/** Formats that `compression` (0 to 100, default 100) applies to. */
export const compressibleFormats: ReadonlyArray<string> = ["jpeg", "webp"]

/** The format that the API answers with when none is asked for. */
export const defaultFormat = "png"

const gptPresets: PresetSizes = { kind: "presets", sizes: ["auto", "1024x1024", "1536x1024", "1024x1536"] }

const customSizes: CustomSizes = {
  kind: "custom",
  multipleOf: 16,
  maxRatio: 3,
  maxEdge: 3840,
  maxPixels: 3840 * 2160,
  experimentalAbovePixels: 2560 * 1440,
  minPixels: 655_360
}

const gpt: ModelLimits = {
  maxPromptLength: 32_000,
  sizes: gptPresets,
  maxN: 10,
  qualities: ["auto", "low", "medium", "high"],
  formats: ["png", "jpeg", "webp"],
  previewFormats: [],
  backgrounds: ["auto", "opaque", "transparent"],
  previewBackgrounds: []
}
const gpt2: ModelLimits = { ...gpt, sizes: customSizes, previewFormats: ["gif", "svg"], previewBackgrounds: ["transparent"] }
const gpt25: ModelLimits = {
  ...gpt2,
  qualities: ["auto", "low", "medium", "high", "xhigh", "max"],
  previewBackgrounds: []
}
const dalle: ModelLimits = { ...gpt, formats: ["png"], backgrounds: [] }

const sunburst = "gpt-image-2.6-sunburst"
const flare = "gpt-image-2.6-flare"
const december: Shutdown = { date: "2026-12-01", replacement: sunburst }
const may: Shutdown = { date: "2026-05-12", replacement: sunburst }

/** By model id. The custom sizes of 2.6 are known from a third-party catalogue (`@ai-sdk/openai` 4.0.118). */
export const openai: Readonly<Record<string, ModelLimits>> = {
  [sunburst]: gpt25,
  [flare]: gpt25,
  "gpt-image-2.5-sunburst": gpt25,
  "gpt-image-2.5-sunburst-2026-09-08": gpt25,
  "gpt-image-2.5-flare": gpt25,
  "gpt-image-2.5-flare-2026-09-08": gpt25,
  "gpt-image-2": gpt2,
  "gpt-image-2-2026-04-21": gpt2,
  "gpt-image-1.5": { ...gpt, shutdown: december },
  "gpt-image-1.5-2025-12-16": { ...gpt, shutdown: december },
  "gpt-image-1-mini": { ...gpt, shutdown: { date: "2026-12-01", replacement: flare } },
  "chatgpt-image-latest": { ...gpt, shutdown: december },
  "gpt-image-1": { ...gpt, shutdown: { date: "2026-10-23", replacement: sunburst } },
  "dall-e-3": {
    ...dalle,
    maxPromptLength: 4000,
    sizes: { kind: "presets", sizes: ["1024x1024", "1792x1024", "1024x1792"] },
    maxN: 1,
    qualities: ["standard", "hd"],
    shutdown: may
  },
  "dall-e-2": {
    ...dalle,
    maxPromptLength: 1000,
    sizes: { kind: "presets", sizes: ["256x256", "512x512", "1024x1024"] },
    qualities: ["standard"],
    shutdown: may
  }
}

/** What holds for every model of OpenAI's API: used when a request to it names no model. */
export const openaiAnyModel: ModelLimits = {
  maxPromptLength: gpt25.maxPromptLength,
  maxN: gpt25.maxN,
  formats: gpt25.formats,
  previewFormats: gpt25.previewFormats,
  backgrounds: gpt25.backgrounds,
  previewBackgrounds: []
}

/** Providers that serve OpenAI's models, or others under their names, from servers with limits of their own. */
const relatives: ReadonlySet<string> = new Set(["openai-compatible", "azure", "azure-openai"])

export interface Applicable {
  readonly limits: ModelLimits
  /** False where another server stands behind the model's name: breaking a limit is then a warning. */
  readonly strict: boolean
}

/** The limits for a route, or `undefined` where none are known. `provider` defaults to `"openai"`. */
export const find = (provider: string | undefined, model: string | undefined): Applicable | undefined => {
  const strict = provider === undefined || provider === "openai"
  if (!strict && !relatives.has(provider)) return undefined
  if (model === undefined) return strict ? { limits: openaiAnyModel, strict } : undefined
  return Object.hasOwn(openai, model) ? { limits: openai[model] ?? openaiAnyModel, strict } : undefined
}
