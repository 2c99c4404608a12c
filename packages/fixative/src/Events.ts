/**
 * What happens inside a call, told as it happens: to a progress bar, a log, a metric or a manifest.
 *
 * The sink is a reference in the caller's context, so each call can have its own:
 * `Effect.provideService(Events.Sink, (event) => ...)`. Without one nothing is told and nothing is kept.
 */
import type { ImageModel } from "@fixative/image"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

export type Event =
  /** A request goes out to the provider. */
  | { readonly _tag: "Sent"; readonly provider: string; readonly model: string }
  /** A request that went out came back as an error. */
  | { readonly _tag: "Failed"; readonly provider: string; readonly model: string; readonly error: ImageModel.ImageError }
  /**
   * The call waits. `retry`: before the next try, after `error`. `pacing`: for a permit, so as to stay under the limit.
   * `hint`: for everybody, since the provider announced a wait to one.
   */
  | {
    readonly _tag: "Waiting"
    readonly why: "retry" | "pacing" | "hint"
    readonly delay: Duration.Duration
    /** Epoch milliseconds at which the wait ends. */
    readonly until: number
    /** Whether the provider asked for this wait. */
    readonly hinted: boolean
    readonly error?: ImageModel.ImageError
  }
  /** The call goes on with the next provider. */
  | { readonly _tag: "FellBack"; readonly to: string; readonly error: ImageModel.ImageError }

export type Handler = (event: Event) => Effect.Effect<void>

export const Sink = Context.Reference<Handler>("@fixative/fixative/Events/Sink", {
  defaultValue: () => () => Effect.void
})

/** Tells the caller's sink. A sink that throws or dies must not fail a call that is paid for. */
export const emit = (event: Event): Effect.Effect<void> =>
  Effect.flatMap(Sink, (handler) => Effect.catchCause(Effect.suspend(() => handler(event)), () => Effect.void))
