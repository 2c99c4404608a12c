/**
 * `ImageModel`: one interface for image generation, whichever provider is behind it, and `around`, which makes a policy a
 * layer around a layer.
 */
import type { ProviderError } from "@fixative/errors"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Cost } from "./Prices.ts"
import type { MediaType } from "./Sniff.ts"

/** What is asked for, in words that every provider shares. What is left out is the provider's default. */
export interface GenerateRequest {
  readonly prompt: string
  /** Images, from 1. Default 1. */
  readonly n?: number | undefined
  /** `"1024x1024"` (width x height, pixels) or `"auto"`. */
  readonly size?: string | undefined
  /** The provider's own scale: `"low"`, `"medium"`, `"high"`, ... */
  readonly quality?: string | undefined
  readonly format?: "png" | "jpeg" | "webp" | undefined
  /** 0 to 100, for JPEG and WebP. */
  readonly compression?: number | undefined
  readonly background?: "transparent" | "opaque" | "auto" | undefined
  /** An opaque id of the person who asks, for the provider's abuse checks. Never a name or an address. */
  readonly user?: string | undefined
  /** Options that only one provider knows; each provider's module has their type. */
  readonly providerOptions?: { readonly [provider: string]: object | undefined } | undefined
}

export interface Image {
  readonly bytes: Uint8Array
  /** What the bytes are, whatever was asked for. */
  readonly mediaType: MediaType
  /** Pixels, when the header of the file says so. */
  readonly width?: number | undefined
  readonly height?: number | undefined
  /** The prompt as the provider rewrote it. */
  readonly revisedPrompt?: string | undefined
}

/** Something that differs from what was asked, and is no reason to fail. */
export interface Warning {
  readonly kind: "format" | "size" | "count" | "option" | "prompt"
  readonly message: string
}

export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly inputTextTokens?: number | undefined
  readonly inputImageTokens?: number | undefined
}

export interface GenerateResult {
  /** At least one. */
  readonly images: readonly [Image, ...ReadonlyArray<Image>]
  readonly provider: string
  readonly model: string
  readonly warnings: ReadonlyArray<Warning>
  readonly usage?: Usage | undefined
  /** What it cost, as far as the prices are known; of the attempt that succeeded alone. */
  readonly cost?: Cost | undefined
  /** The provider's id of the request, for its support. */
  readonly requestId?: string | undefined
  /** Requests that went out for this result. A client alone makes 1; a retry around it counts on. */
  readonly attempts: number
  /** Attempts that failed after they may have been carried out and billed. */
  readonly ambiguousAttempts: number
}

/**
 * A call that was refused on this side. The ground-floor packages bring the classes; this is the shape that they share, so
 * that one closed union serves every stack of policies.
 */
export interface RefusalOf<Tag extends string> extends Error {
  readonly _tag: Tag
  /** What to do about it, for people. */
  readonly remedy: string
  readonly isRetryable: boolean
  readonly delivery: ProviderError.Delivery
  /** When it is worth coming back. */
  readonly retryAfter?: Duration.Duration | undefined
}

/** The prompt does not pass the checks; nothing was sent. */
export interface PromptRejected extends RefusalOf<"PromptRejected"> {
  readonly findings: ReadonlyArray<{
    readonly category: string
    readonly severity: "warn" | "block"
    readonly start: number
    readonly end: number
    readonly matched: string
    readonly rule: string
    readonly message: string
  }>
}

export type Refusal =
  | PromptRejected
  | RefusalOf<"CircuitOpen">
  | RefusalOf<"DeadlineExceeded">
  | RefusalOf<"RetryQuotaExhausted">
  | RefusalOf<"BudgetExceeded">
  | RefusalOf<"QueueFull">

/** Everything that a call can fail with. Closed: the tag fixes one error type for every stack of policies. */
export type ImageError = ProviderError.ProviderError | Refusal

export type Generate = (request: GenerateRequest) => Effect.Effect<GenerateResult, ImageError>

export interface Defaults {
  readonly size?: string | undefined
  readonly quality?: string | undefined
}

export class ImageModel extends Context.Service<ImageModel, {
  /** `"openai"`, ... */
  readonly provider: string
  readonly model: string
  /** Names the provider, the model and the server: calls with the same key share limits and circuits. No secret in it. */
  readonly key: string
  /** What the client fills in where a request leaves it out, so that policies see what will be asked. */
  readonly defaults?: Defaults | undefined
  readonly generate: Generate
}>()("@fixative/image/ImageModel") {}

/** What a policy may know about the model that it is put around. */
export type Model = Pick<ImageModel["Service"], "provider" | "model" | "key" | "defaults">

/** The request as the client will send it: with the model's defaults where it leaves something out. */
export const resolve = ({ defaults }: Model, request: GenerateRequest): GenerateRequest =>
  defaults === undefined ? request : { ...request, size: request.size ?? defaults.size, quality: request.quality ?? defaults.quality }

/** A policy: turns the next call into a call. */
export type Policy = (next: Generate, model: Model) => Generate

/**
 * Lifts a policy to a layer around a layer. The effect that makes the policy runs once, in the layer's scope: permits,
 * windows and circuits live there, and not in each call.
 *
 * Innermost first: `OpenAi.layer(...).pipe(around(timeout), around(retry))`.
 */
export const around = <E, R>(policy: Effect.Effect<Policy, E, R>) =>
<E1, R1>(inner: Layer.Layer<ImageModel, E1, R1>) =>
  Layer.effect(
    ImageModel,
    Effect.gen(function*() {
      const wrap = yield* policy
      const { generate, ...model } = yield* ImageModel
      return ImageModel.of({ ...model, generate: wrap(generate, model) })
    })
  ).pipe(Layer.provide(inner))
