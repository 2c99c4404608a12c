/** A provider without a wire: what it is asked is counted, what it answers is given. */
import { Duration, Effect, Layer, Ref } from "effect"
import { Events, ImageModel, ProviderError, type Reason } from "../src/index.ts"

export const failure = (
  reason: Reason.Reason,
  fields: { readonly delivery?: ProviderError.Delivery; readonly retryAfter?: Duration.Input } = {}
) =>
  new ProviderError.ProviderError({
    provider: "fake",
    operation: "generate",
    reason,
    delivery: fields.delivery ?? "Rejected",
    rule: "test/rule",
    description: "as the test says",
    remedy: "none",
    ...(fields.retryAfter === undefined ? {} : { retryAfter: Duration.fromInputUnsafe(fields.retryAfter) })
  })

export const down = failure({ _tag: "ServerError" })
export const refused = failure({ _tag: "ContentPolicy", stage: "prompt", categories: [] })
export const lost = failure({ _tag: "Transport", kind: "reset" }, { delivery: "MaybeProcessed" })
export const limited = (retryAfter: Duration.Input) => failure({ _tag: "RateLimited", scope: "images" }, { retryAfter })

export const picture: ImageModel.GenerateResult = {
  images: [{ bytes: new Uint8Array([1]), mediaType: "image/png" }],
  provider: "fake",
  model: "one",
  warnings: [],
  attempts: 1,
  ambiguousAttempts: 0
}

export type Answer = ImageModel.ImageError | "picture" | "never" | Duration.Duration

/** Answers each call with the next of `answers`, and with pictures after the last. Keeps when each call came. */
export const fake = (answers: ReadonlyArray<Answer> = [], model = "one", latency: Duration.Input = 0) => {
  const calls: Array<number> = []
  let running = 0
  let most = 0
  const layer = Layer.succeed(ImageModel.ImageModel, {
    provider: "fake",
    model,
    key: `fake/${model}`,
    generate: () =>
      Effect.clockWith((clock) =>
        Effect.suspend(() => {
          const answer = answers[calls.length] ?? "picture"
          calls.push(clock.currentTimeMillisUnsafe())
          running += 1
          most = Math.max(most, running)
          const given: Effect.Effect<ImageModel.GenerateResult, ImageModel.ImageError> = answer === "picture"
            ? Effect.succeed({ ...picture, model })
            : answer === "never"
            ? Effect.never
            : Duration.isDuration(answer)
            ? Effect.as(Effect.sleep(answer), { ...picture, model })
            : Effect.fail(answer)
          const late = Duration.isZero(Duration.fromInputUnsafe(latency)) ? given : Effect.delay(given, latency)
          return Effect.ensuring(late, Effect.sync(() => {
            running -= 1
          }))
        }))
  })
  return { layer, calls, most: () => most, running: () => running }
}

export const ask = (layer: Layer.Layer<ImageModel.ImageModel>, request: Partial<ImageModel.GenerateRequest> = {}) =>
  Effect.provide(ImageModel.ImageModel.use((model) => model.generate({ prompt: "a fox", ...request })), layer)

/** Runs with a sink that keeps the events. */
export const listened = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const events = yield* Ref.make<ReadonlyArray<Events.Event>>([])
    const result = yield* Effect.result(self).pipe(
      Effect.provideService(Events.Sink, (event) => Ref.update(events, (all) => [...all, event]))
    )
    return { result, events: yield* Ref.get(events) }
  })
