/**
 * The last moment before a request goes out, directly around the provider: where a batch writes down that it sends, keeps to
 * its budget, and stops.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { ImageModel } from "fixative"

/** Passes, fails the attempt, or never returns. */
export type SendGate = (request: ImageModel.GenerateRequest) => Effect.Effect<void, ImageModel.ImageError>

export const SendGate = Context.Reference<SendGate>("@fixative/cli/batch/SendGate", { defaultValue: () => () => Effect.void })

/** Around a provider: asks the gate of the call. */
export const layer = ImageModel.around(Effect.succeed((next) => (request) =>
  Effect.flatMap(SendGate, (gate) => Effect.andThen(gate(request), next(request)))))
