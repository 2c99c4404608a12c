/**
 * Everything composed: one layer, safe defaults, the right order. Outermost first: prompt checks, deadline, fallback, and for
 * each provider retry, pacing, breaker, attempt timeout.
 */
import { Backoff } from "@fixative/backoff"
import type { Breaker } from "@fixative/circuit-breaker"
import type { ImageModel } from "@fixative/image"
import type { PromptPolicy } from "@fixative/prompt"
import * as Duration from "effect/Duration"
import { FetchHttpClient, type HttpClient } from "effect/http"
import * as Layer from "effect/Layer"
import * as Policies from "./Policies.ts"

type ModelLayer<E, R> = Layer.Layer<ImageModel.ImageModel, E, R>

export interface Options<E, R> {
  /** In the order of preference; each is built once. */
  readonly providers: readonly [ModelLayer<E, R>, ...ReadonlyArray<ModelLayer<E, R>>]
  /** `false` checks nothing. Default: `PromptPolicy.openai`. */
  readonly promptChecks?: PromptPolicy.PromptPolicy | false | undefined
  /** The time that a call may take, waits and retries included. `false`: none. Default 15 minutes. */
  readonly deadline?: Duration.Input | false | undefined
  /** `false` tries once. Default: `Backoff.recommended`; an options object changes single defaults. */
  readonly retry?: Backoff.Options | false | undefined
  /** `false`: no limit of our own, and nobody waits for a hint that another call was given. */
  readonly pacing?: Policies.Pacing | false | undefined
  /** `false`: none. Default: `Breaker.recommended`. */
  readonly breaker?: Breaker.Options | false | undefined
  readonly attemptTimeout?: Policies.AttemptTimeout | undefined
}

/**
 * How long a provider's announced wait may be while another provider is free: a wait that a person would notice is worth a
 * try elsewhere.
 */
const patience = Duration.seconds(10)

/** With a next provider, an open circuit is no reason to wait, and a long announced wait is a reason to move on. */
const impatient = (policy: Backoff.Policy): Backoff.Policy => ({
  ...policy,
  refusals: 0,
  maxHint: Duration.min(policy.maxHint, patience)
})

const provider = <E, R>(inner: ModelLayer<E, R>, options: Options<E, R>, isLast: boolean): ModelLayer<E, R> => {
  const { breaker, pacing, retry } = options
  const timed = inner.pipe(Policies.attemptTimeout(options.attemptTimeout))
  const guarded = breaker === false ? timed : timed.pipe(Policies.breaker(breaker))
  const paced = pacing === false ? guarded : guarded.pipe(Policies.pacing(pacing))
  if (retry === false) return paced
  const policy = Backoff.make(retry)
  return paced.pipe(Policies.retry(isLast ? policy : impatient(policy)))
}

/** An `ImageModel` that keeps going. The HTTP client is left open; `layerFetch` closes it. */
export const layer = <E, R>(options: Options<E, R>): ModelLayer<E, R> => {
  const [first, ...rest] = options.providers
  const stacked = rest.length === 0
    ? provider(first, options, true)
    : Policies.fallback(
      provider(first, options, false),
      ...rest.map((next, index) => provider(next, options, index === rest.length - 1))
    )
  const { deadline, promptChecks } = options
  const timed = deadline === false ? stacked : stacked.pipe(Policies.deadline(deadline ?? "15 minutes"))
  return promptChecks === false ? timed : timed.pipe(Policies.promptChecks(promptChecks))
}

/** `layer` on the platform's `fetch`. */
export const layerFetch = <E, R>(options: Options<E, R>): ModelLayer<E, Exclude<R, HttpClient.HttpClient>> =>
  layer(options).pipe(Layer.provide(FetchHttpClient.layer))
