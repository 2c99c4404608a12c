/**
 * A call that was turned away because its circuit is not closed. Nothing was sent; `retryAfter` says when it is worth
 * coming back, so a retry can treat it as a wait and not as a failure.
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"

export class CircuitOpen extends Schema.TaggedError<CircuitOpen>("@fixative/circuit-breaker/CircuitOpen")("CircuitOpen", {
  key: Schema.String,
  /** `half-open`: one probe is on its way. `unknown`: the store could not be asked (with `onStoreError: "fail"`). */
  state: Schema.Literals(["open", "half-open", "unknown"]),
  retryAfter: Schema.DurationFromMillis
}) {
  get isRetryable(): boolean {
    return true
  }
  /** Nothing was tried: waiting this out costs no try. */
  get isRefusal(): boolean {
    return true
  }
  get delivery(): "NotSent" {
    return "NotSent"
  }
  get circuitOutcome(): "ignored" {
    return "ignored"
  }
  get remedy(): string {
    return `The provider failed several times in a row and is left alone; try again in ${Duration.format(this.retryAfter)}.`
  }
  override get message(): string {
    return `circuit ${this.key} is ${this.state}, retry after ${Duration.format(this.retryAfter)}`
  }
}
