/**
 * Policies as layers around an `ImageModel`, each usable alone.
 *
 * The order is part of the contract. Innermost first: wire, `attemptTimeout`, `breaker`, `pacing`, `retry`, `fallback`,
 * `deadline`, `promptChecks`.
 */
import { Backoff, Failure, Retry } from "@fixative/backoff"
import { Breaker } from "@fixative/circuit-breaker"
import { ProviderError, Reason } from "@fixative/errors"
import { ImageModel } from "@fixative/image"
import { Check, PromptPolicy } from "@fixative/prompt"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ExecutionPlan from "effect/ExecutionPlan"
import * as Layer from "effect/Layer"
import * as RateLimiter from "effect/persistence/RateLimiter"
import { DeadlineExceeded } from "./DeadlineExceeded.ts"
import * as Events from "./Events.ts"
import * as Flight from "./internal/flight.ts"
import * as Pacer from "./internal/pacer.ts"
import { checkable, policyFor } from "./internal/checkable.ts"

export interface AttemptTimeout {
  /**
   * The longest that one attempt may take, until its last byte. Default: 3 minutes; 6 for high quality and for pictures of
   * more than 2 megapixels. OpenAI: "complex prompts may take up to 2 minutes", and high quality at 4K has been seen at 4.
   */
  readonly total?: Duration.Input | undefined
}

const isSlow = ({ quality, size }: ImageModel.GenerateRequest): boolean => {
  const pixels = /^(\d{1,6})x(\d{1,6})$/.exec(size ?? "")
  return quality === "high" || quality === "xhigh" || quality === "max" || quality === "hd" ||
    (pixels !== null && Number(pixels[1]) * Number(pixels[2]) > 2_000_000)
}

const timedOut = (model: ImageModel.Model, after: Duration.Duration) =>
  new ProviderError.ProviderError({
    provider: model.provider,
    operation: "generate",
    reason: { _tag: "Timeout", stage: "response" },
    delivery: "MaybeProcessed",
    rule: "fixative/attempt-timeout",
    description: `no answer within ${Duration.format(after)}`,
    remedy: Reason.facts.Timeout.remedy
  })

/**
 * Ends an attempt that takes too long, as a `Timeout` that may have been billed. It also tells `Events` of each attempt,
 * so it belongs directly around the provider. How long a connection may take to open is the HTTP client's setting.
 */
export const attemptTimeout = (options: AttemptTimeout = {}) => {
  const fixed = options.total === undefined ? undefined : Duration.fromInputUnsafe(options.total)
  return ImageModel.around(Effect.succeed((next, model) => (request) => {
    const total = fixed ?? Duration.minutes(isSlow(ImageModel.resolve(model, request)) ? 6 : 3)
    const { provider, model: name } = model
    return Events.emit({ _tag: "Sent", provider, model: name }).pipe(
      Effect.andThen(next(request)),
      Effect.timeoutOrElse({ duration: total, orElse: () => Effect.fail(timedOut(model, total)) }),
      Effect.tapError((error) => Events.emit({ _tag: "Failed", provider, model: name, error })),
      Flight.out
    )
  }))
}

/**
 * Leaves a provider alone that fails again and again. One circuit for each model and server, in this process's memory.
 * Default: `Breaker.recommended`.
 */
export const breaker = (options: Breaker.Options = Breaker.recommended) =>
<E, R>(inner: Layer.Layer<ImageModel.ImageModel, E, R>): Layer.Layer<ImageModel.ImageModel, E, R> =>
  inner.pipe(
    ImageModel.around(Effect.map(Breaker.make(options), (guard) => (next, model) => {
      const through = guard(model.key)
      return (request) => through(next(request))
    })),
    Layer.provide(Layer.fresh(Breaker.layerStoreMemory))
  )

export interface Pacing {
  /** Images that the account may make in each window. Default: unlimited, until the provider announces a wait. */
  readonly images?: number | undefined
  /** Default 1 minute, as image APIs count. */
  readonly window?: Duration.Input | undefined
  /** The longest that one announced wait holds everybody back. Default 5 minutes. */
  readonly maxPause?: Duration.Input | undefined
}

/**
 * Stays under the provider's limit, and when it announces a wait to one caller, lets everybody wait. In this process's
 * memory, by effect's `RateLimiter` (token bucket). Throws a `RangeError` if `images` is no positive integer, or `window` none.
 */
export const pacing = (options: Pacing = {}) => {
  const { images } = options
  if (images !== undefined && !(Number.isInteger(images) && images >= 1)) {
    throw new RangeError(`Policies.pacing: images must be a positive integer, got ${images}`)
  }
  const window = Duration.fromInputUnsafe(options.window ?? "1 minute")
  if (!(Duration.toMillis(window) >= 1)) throw new RangeError("Policies.pacing: window must be at least 1 millisecond")
  const limit = images === undefined ? undefined : { images, window }
  const maxPause = Duration.fromInputUnsafe(options.maxPause ?? "5 minutes")
  return <E, R>(inner: Layer.Layer<ImageModel.ImageModel, E, R>): Layer.Layer<ImageModel.ImageModel, E, R> =>
    inner.pipe(
      ImageModel.around(Effect.map(Pacer.make(limit, maxPause), (pacer) => (next, model) => (request) =>
        Effect.andThen(
          pacer.admit(model.key, request.n ?? 1),
          Effect.tapError(next(request), (error) => {
            const { isRefusal, isRetryable, retryAfter } = Failure.read(error)
            return isRetryable && !isRefusal && retryAfter !== undefined ? pacer.pause(retryAfter) : Effect.void
          })
        ))),
      Layer.provide(Layer.fresh(RateLimiter.layer.pipe(Layer.provide(RateLimiter.layerStoreMemory))))
    )
}

/**
 * Tries again by a policy of `@fixative/backoff`. Default: `Backoff.recommended`, which repeats nothing that may have been
 * billed. The result counts the attempts; each wait is told to `Events`.
 */
export const retry = (policy: Backoff.Policy = Backoff.recommended) =>
  ImageModel.around(Effect.succeed((next) => {
    const again = Retry.with(policy)
    return (request) =>
      Effect.suspend(() => {
        let spent = Backoff.nothing
        return next(request).pipe(
          (self) =>
            again(self, {
              onWait: (wait, error) => {
                spent = wait.spent
                return Effect.flatMap(Clock.currentTimeMillis, (now) =>
                  Events.emit({
                    _tag: "Waiting",
                    why: "retry",
                    delay: wait.delay,
                    until: now + Duration.toMillis(wait.delay),
                    hinted: wait.hinted,
                    error
                  }))
              }
            }),
          Effect.map((result) => ({
            ...result,
            attempts: result.attempts + spent.retries,
            ambiguousAttempts: result.ambiguousAttempts + spent.ambiguous
          }))
        )
      })
  }))

/**
 * The time that a whole call may take, waits and retries included. Whether a request was out when it ended is known from
 * `attemptTimeout`, which belongs inside.
 */
export const deadline = (duration: Duration.Input) => {
  const total = Duration.fromInputUnsafe(duration)
  return ImageModel.around(Effect.succeed((next) => (request) =>
    Flight.track((flight) =>
      Effect.timeoutOrElse(next(request), {
        duration: total,
        orElse: () => {
          const mayBeBilled = flight.unanswered > 0 || flight.ambiguous > 0
          return Effect.fail(new DeadlineExceeded({ deadline: total, delivery: mayBeBilled ? "MaybeProcessed" : "NotSent" }))
        }
      }))))
}

/**
 * Checks prompt and parameters before anything is spent. What blocks fails with `PromptRejected`; what only warns is among
 * the result's warnings. Default: `PromptPolicy.openai`.
 */
export const promptChecks = (policy: PromptPolicy.PromptPolicy = PromptPolicy.openai) =>
  ImageModel.around(Effect.succeed((next, model) => {
    const applicable = policyFor(model, policy) // made once: a policy is compiled once for each object
    return (request) =>
      Effect.flatMap(Check.ensure(checkable(ImageModel.resolve(model, request), model), applicable), ({ findings }) =>
        findings.length === 0 ? next(request) : Effect.map(next(request), (result) => ({
          ...result,
          warnings: [...findings.map(({ message }): ImageModel.Warning => ({ kind: "prompt", message })), ...result.warnings]
        })))
  }))

/** Whether another provider may succeed where this error came from. Refusals of content do not go shopping. */
const mayGoElsewhere = (error: ImageModel.ImageError): boolean => {
  if (error._tag === "CircuitOpen") return true
  if (error._tag !== "ProviderError" || error.delivery === "MaybeProcessed") return false
  const { elsewhere } = Reason.facts[error.reason._tag]
  return elsewhere === "yes" || elsewhere === "if-wait-too-long"
}

/**
 * Moves on to the next model when one has given up: each is a whole stack of policies. A refused prompt, a wrong request and
 * a call that may have been billed stay where they are. Each model is built once, in the layer's scope: effect's
 * `ExecutionPlan` is given contexts, since it would build layers anew for every call.
 */
export const fallback = <E, R>(
  first: Layer.Layer<ImageModel.ImageModel, E, R>,
  ...rest: ReadonlyArray<Layer.Layer<ImageModel.ImageModel, E, R>>
): Layer.Layer<ImageModel.ImageModel, E, R> =>
  Layer.effect(
    ImageModel.ImageModel,
    Effect.gen(function*() {
      const head = yield* Layer.build(first)
      const others = yield* Effect.forEach(rest, (layer) => Layer.build(layer))
      const plan = ExecutionPlan.make(
        { provide: head },
        ...others.map((provide) => ({
          provide,
          attempts: 1,
          while: (error: ImageModel.ImageError) =>
            mayGoElsewhere(error)
              ? Effect.as(Events.emit({ _tag: "FellBack", to: Context.get(provide, ImageModel.ImageModel).key, error }), true)
              : Effect.succeed(false)
        }))
      )
      return ImageModel.ImageModel.of({
        ...Context.get(head, ImageModel.ImageModel),
        generate: (request) =>
          Flight.track((flight) =>
            ImageModel.ImageModel.use((model) => model.generate(request)).pipe(
              Effect.withExecutionPlan(plan),
              // The last model counts its own attempts; the call's are those of all of them.
              Effect.map((result) => ({
                ...result,
                attempts: Math.max(result.attempts, flight.sent),
                ambiguousAttempts: Math.max(result.ambiguousAttempts, flight.ambiguous)
              }))
            ))
      })
    })
  )
