/** The image model that a command talks to: flags and environment in, the composed layer out. */
import { NodeHttpClient } from "@effect/platform-node"
import Undici from "@effect/platform-node/Undici"
import type * as Config from "effect/Config"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Flag } from "effect/cli"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { type Backoff, type Breaker, Fixative, type ImageModel, OpenAi } from "fixative"
import * as SendGate from "./batch/SendGate.ts"
import { usage } from "./Failure.ts"

export const defaultModel = "gpt-image-2"

/** Flags that `generate` and `batch` share. */
export const flags = {
  model: Flag.String("model").pipe(
    Flag.withDescription("The model, such as gpt-image-2 or gpt-image-2.6-flare"),
    Flag.withDefault(defaultModel)
  ),
  size: Flag.String("size").pipe(Flag.withDescription("Width x height in pixels, such as 1024x1024, or auto"), Flag.optional),
  quality: Flag.String("quality").pipe(Flag.withDescription("The provider's scale: low, medium, high, auto"), Flag.optional),
  format: Flag.Literals("format", ["png", "jpeg", "webp"]).pipe(Flag.withDescription("The file format to ask for"), Flag.optional),
  out: Flag.String("out").pipe(Flag.withDescription("The folder for the images; it is made if it is not there")),
  baseUrl: Flag.String("base-url").pipe(
    Flag.withDescription("An OpenAI-compatible server; default: OPENAI_BASE_URL, else OpenAI"),
    Flag.optional
  ),
  retries: Flag.Int("retries").pipe(Flag.withDescription("Tries after the first, 0 to 100"), Flag.withDefault(5)),
  timeout: Flag.Finite("timeout").pipe(
    Flag.withDescription("Seconds that one attempt may take; default: 180, and 360 for large or high-quality images"),
    Flag.optional
  ),
  json: Flag.Boolean("json").pipe(Flag.withDescription("JSON lines on stdout, prose on stderr"), Flag.withDefault(false))
}

export interface Settings {
  readonly model: string
  readonly baseUrl: Option.Option<string>
  readonly retries: number
  /** Seconds. */
  readonly timeout: Option.Option<number>
  /** What to do when an attempt may have been billed although it failed. */
  readonly ambiguous: "fail" | "retry"
  readonly imagesPerMinute: Option.Option<number>
  readonly deadline: Duration.Input | false
  /** Waits of our own; default: those of `Backoff.recommended`. */
  readonly backoff?: Pick<Backoff.Options, "base" | "cap">
  /** Default: `Breaker.recommended`. */
  readonly breaker?: Breaker.Options
}

/**
 * Connecting takes a round trip or two; ten seconds of it is a host that is not there. `HTTPS_PROXY`, `HTTP_PROXY` and
 * `NO_PROXY` are obeyed, in either case; Node itself reads `NODE_EXTRA_CA_CERTS`.
 */
const Dispatcher = Layer.effect(
  NodeHttpClient.Dispatcher,
  Effect.acquireRelease(
    Effect.sync(() => new Undici.EnvHttpProxyAgent({ connect: { timeout: 10_000 }, connections: 64 })),
    (agent) => Effect.promise(() => agent.destroy())
  )
)

const HttpLive = Layer.provide(NodeHttpClient.layerUndiciNoDispatcher, Dispatcher)

const check = (settings: Settings): string | undefined => {
  const { baseUrl, imagesPerMinute, retries, timeout } = settings
  if (retries < 0 || retries > 100) return `--retries must be an integer from 0 to 100, got ${retries}`
  if (Option.isSome(timeout) && !(timeout.value > 0 && timeout.value <= 3600)) return `--timeout must be more than 0 and at most 3600 seconds, got ${timeout.value}`
  if (Option.isSome(imagesPerMinute) && imagesPerMinute.value < 1) return `--images-per-minute must be at least 1, got ${imagesPerMinute.value}`
  if (Option.isSome(baseUrl) && !(/^https?:/i.test(baseUrl.value) && URL.canParse(baseUrl.value))) {
    return `--base-url must be an http or https URL, got ${JSON.stringify(baseUrl.value)}`
  }
  return undefined
}

/** The message of a wrong environment, without a value of it. */
const explainConfig = (error: Config.ConfigError): string =>
  /OPENAI_BASE_URL/.test(error.message)
    ? "OPENAI_BASE_URL must be an http or https URL."
    : "No API key: set OPENAI_API_KEY (https://platform.openai.com/api-keys), or any value for a server of your own, such as `fixative emulate`."

/** The policies of the command line around any provider. */
export const compose = <E, R>(provider: Layer.Layer<ImageModel.ImageModel, E, R>, settings: Settings) =>
  Fixative.layer({
    providers: [provider.pipe(SendGate.layer)],
    retry: { ...settings.backoff, times: settings.retries, ambiguous: settings.ambiguous },
    breaker: settings.breaker,
    pacing: Option.match(settings.imagesPerMinute, { onNone: () => ({}), onSome: (images) => ({ images }) }),
    attemptTimeout: Option.match(settings.timeout, { onNone: () => ({}), onSome: (seconds) => ({ total: Duration.seconds(seconds) }) }),
    deadline: settings.deadline
  }).pipe(Layer.provide(HttpLive))

/** The model of the environment's key. */
export const layer = (settings: Settings) =>
  Layer.unwrap(Effect.gen(function*() {
    const wrong = check(settings)
    if (wrong !== undefined) return yield* usage(wrong)
    const environment = yield* OpenAi.config.pipe(Effect.mapError((error) => usage(explainConfig(error))))
    const { apiKey, baseUrl, organization, project } = environment
    return compose(
      OpenAi.layer({
        model: settings.model,
        apiKey,
        baseUrl: Option.getOrUndefined(settings.baseUrl) ?? Option.getOrUndefined(baseUrl),
        organization: Option.getOrUndefined(organization),
        project: Option.getOrUndefined(project)
      }),
      settings
    )
  }))
