/**
 * OpenAI's Images API, and any server that speaks it.
 *
 * The client sends a request once and says what came of it: no retry, no wait and no timeout is hidden in it. Options are
 * typed by model; a model that is not known here takes any.
 */
import { Classify, ProviderError } from "@fixative/errors"
import * as Clock from "effect/Clock"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import { HttpClient, HttpClientRequest, type HttpClientError, type HttpClientResponse } from "effect/http"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Body from "./internal/body.ts"
import * as Download from "./internal/download.ts"
import { toWire } from "./internal/openaiRequest.ts"
import * as Response from "./internal/openaiResponse.ts"
import { type GenerateRequest, type GenerateResult, type Image, ImageModel, resolve } from "./ImageModel.ts"
import * as Prices from "./Prices.ts"

type Preset = "auto" | "1024x1024" | "1536x1024" | "1024x1536"
type Custom = "auto" | `${number}x${number}`

interface Options<Size extends string, Quality extends string> {
  readonly size?: Size | undefined
  readonly quality?: Quality | undefined
  /** How strictly OpenAI's own filter looks. Default `"auto"`. */
  readonly moderation?: "auto" | "low" | undefined
}

type Gpt1 = Options<Preset, "auto" | "low" | "medium" | "high">
type Gpt2 = Options<Custom, "auto" | "low" | "medium" | "high">
type Gpt25 = Options<Custom, "auto" | "low" | "medium" | "high" | "xhigh" | "max">

interface Gpt26 extends Gpt25 {
  readonly complexity?: "low" | "medium" | "high" | undefined
}

interface DallE2 {
  readonly size?: "256x256" | "512x512" | "1024x1024" | undefined
}

interface DallE3 {
  readonly size?: "1024x1024" | "1792x1024" | "1024x1792" | undefined
  readonly quality?: "standard" | "hd" | undefined
  readonly style?: "vivid" | "natural" | undefined
}

/**
 * What each model takes. `gpt-image-1.5`, `gpt-image-1-mini` and `chatgpt-image-latest` are shut down on 2026-12-01; the
 * DALL-E models were on 2026-05-12 and live on only at compatible servers.
 */
export interface ModelOptions {
  "gpt-image-2": Gpt2
  "gpt-image-2-2026-04-21": Gpt2
  "gpt-image-2.5-sunburst": Gpt25
  "gpt-image-2.5-sunburst-2026-09-08": Gpt25
  "gpt-image-2.5-flare": Gpt25
  "gpt-image-2.5-flare-2026-09-08": Gpt25
  "gpt-image-2.6-sunburst": Gpt26
  "gpt-image-2.6-flare": Gpt26
  "gpt-image-1.5": Gpt1
  "gpt-image-1.5-2025-12-16": Gpt1
  "gpt-image-1-mini": Gpt1
  "chatgpt-image-latest": Gpt1
  "dall-e-2": DallE2
  "dall-e-3": DallE3
}

export type Model = keyof ModelOptions

/** Every option of every model: what a model that is not known here takes. */
export interface AnyOptions {
  readonly size?: string | undefined
  readonly quality?: string | undefined
  readonly moderation?: "auto" | "low" | undefined
  readonly complexity?: "low" | "medium" | "high" | undefined
  readonly style?: "vivid" | "natural" | undefined
}

/** What a single request may bring in `providerOptions`: size and quality are fields of the request itself. */
export type RequestOptions = Omit<AnyOptions, "size" | "quality">

export type OptionsOf<M extends string> = M extends Model ? ModelOptions[M] : AnyOptions

/**
 * Options checked against the model: for a layer's `defaults`, or for a request's `providerOptions.openai` (where size and
 * quality are left to the request's own fields).
 */
export const options = <const M extends Model>(_model: M, value: OptionsOf<M>): OptionsOf<M> => value

export const defaultBaseUrl = "https://api.openai.com/v1"

/** Ten pictures of 3840x2160 as base64 PNGs come to about 200 MB; a longer answer is refused. */
export const defaultMaxBodyBytes = 256 * 1024 * 1024

/** Errors are short: of a longer one a head is read. */
const maxErrorBytes = 64 * 1024

export interface Settings<M extends string> {
  readonly model: M
  readonly apiKey: Redacted.Redacted
  /** Default `https://api.openai.com/v1`. */
  readonly baseUrl?: string | URL | undefined
  readonly organization?: string | undefined
  readonly project?: string | undefined
  /** What a request leaves out. */
  readonly defaults?: OptionsOf<M> | undefined
  /** The longest answer that is read. Default `defaultMaxBodyBytes`. */
  readonly maxBodyBytes?: number | undefined
}

const provider = "openai"

const secretsOf = (settings: Settings<string>): ReadonlyArray<string> => [Redacted.value(settings.apiKey)]

/** The server, without credentials or a query that somebody may have put into its address. */
const plainUrl = (url: URL): string => `${url.origin}${url.pathname.replace(/\/+$/, "")}`

const make = Effect.fnUntraced(function*<M extends string>(settings: Settings<M>) {
  // Ids of our traces are nobody else's business, so no `traceparent` goes to the provider.
  const client = HttpClient.transform(yield* HttpClient.HttpClient, Effect.provideService(HttpClient.TracerPropagationEnabled, false))
  const base = plainUrl(new URL(settings.baseUrl ?? defaultBaseUrl))
  const maxBodyBytes = settings.maxBodyBytes ?? defaultMaxBodyBytes
  const secrets = secretsOf(settings)
  const { model } = settings
  const key = `${provider}/${model}@${base}`
  const defaults: AnyOptions | undefined = settings.defaults

  const failed = (operation: string, cause: HttpClientError.HttpClientError) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      Effect.fail(Classify.transport({ provider, operation, cause: cause.reason.cause ?? cause.reason, secrets, now })))

  const answered = (response: HttpClientResponse.HttpClientResponse, body: string) =>
    Effect.map(Clock.currentTimeMillis, (now) =>
      Classify.answer({ provider, status: response.status, headers: response.headers, body, secrets, now }))

  /** A 200 that holds nothing usable. Something in it may still say why, so the rules see it. */
  const unusable = (response: HttpClientResponse.HttpClientResponse, text: string, kind: "no-image" | "undecodable" | "too-large", description: string) =>
    Effect.flatMap(answered(response, text.slice(0, maxErrorBytes)), (error) =>
      Effect.fail(
        error.reason._tag === "InvalidResponse"
          ? new ProviderError.ProviderError({ ...error, reason: { _tag: "InvalidResponse", kind }, description })
          : error
      ))

  const generate = Effect.fn("OpenAi.generate")(function*(request: GenerateRequest) {
    const options: AnyOptions = { ...settings.defaults, ...request.providerOptions?.[provider] }
    const asked = resolve({ provider, model, key, defaults }, request)
    const wire = toWire(model, asked, options)
    yield* Effect.annotateCurrentSpan({ "gen_ai.system": provider, "gen_ai.request.model": model })
    const response = yield* HttpClientRequest.post(`${base}/images/generations`).pipe(
      HttpClientRequest.bearerToken(settings.apiKey),
      HttpClientRequest.setHeaders({
        ...(settings.organization === undefined ? {} : { "openai-organization": settings.organization }),
        ...(settings.project === undefined ? {} : { "openai-project": settings.project })
      }),
      HttpClientRequest.acceptJson,
      HttpClientRequest.bodyJsonUnsafe(wire.body),
      client.execute,
      Effect.catchTag("HttpClientError", (error) => failed("generate", error))
    )
    const isOk = response.status >= 200 && response.status < 300
    const body = yield* Body.read(response, isOk ? maxBodyBytes : maxErrorBytes).pipe(
      Effect.catchTag("HttpClientError", (error) => failed("generate", error))
    )
    const text = new TextDecoder().decode(body.bytes)
    if (!isOk) return yield* Effect.flatMap(answered(response, text), Effect.fail)
    if (body.isCut) return yield* unusable(response, "", "too-large", `the answer is longer than ${maxBodyBytes} bytes`)
    const decoded = Response.decode(text)
    if (decoded === undefined) return yield* unusable(response, text, "undecodable", "a 200 whose body is no answer to a generation")

    const images: Array<Image> = []
    for (const entry of decoded.entries) {
      const bytes = entry.bytes ?? (entry.url === undefined
        ? undefined
        : yield* Download.image(client, new URL(base), entry.url, maxBodyBytes).pipe(
          Effect.catchTag("HttpClientError", (error) => failed("download", error))
        ))
      const image = bytes === undefined ? undefined : Response.imageOf(bytes, entry.revisedPrompt)
      if (image !== undefined) images.push(image)
    }
    const [first, ...rest] = images
    if (first === undefined) {
      return yield* decoded.entries.length === 0
        ? unusable(response, text, "no-image", "a 200 without an image")
        : unusable(response, "", "undecodable", "a 200 whose image cannot be read")
    }
    const cost = decoded.usage === undefined
      ? Prices.estimate(provider, model, asked)
      : Prices.fromUsage(provider, model, decoded.usage)
    const result: GenerateResult = {
      images: [first, ...rest],
      provider,
      model,
      warnings: [...wire.warnings, ...Response.differences(asked, images)],
      usage: decoded.usage,
      cost,
      requestId: response.headers["x-request-id"],
      attempts: 1,
      ambiguousAttempts: 0
    }
    return result
  })

  return ImageModel.of({ provider, model, key, defaults, generate })
})

/**
 * An `ImageModel` on OpenAI's Images API.
 *
 * A base URL that is no URL is a defect: check what people typed before it gets here, or use `layerConfig`.
 */
export const layer = <const M extends Model | (string & {})>(settings: Settings<M>): Layer.Layer<ImageModel, never, HttpClient.HttpClient> =>
  Layer.effect(ImageModel, make(settings))

/** An unset variable and one that is empty or blank are the same, as for the official SDKs. */
const optional = (name: string): Config.Config<Option.Option<string>> =>
  Config.String(name).pipe(
    Config.map((text) => text.trim()),
    Config.option,
    Config.map(Option.filter((text) => text !== ""))
  )

const NotBlank = Schema.String.check(Schema.makeFilter((text) => text.trim() === "" ? "must not be blank" : undefined))

const apiKey: Config.Config<Redacted.Redacted> = Config.schema(NotBlank, "OPENAI_API_KEY").pipe(
  Config.map((key) => Redacted.make(key.trim()))
)

const HttpUrl = Schema.String.check(Schema.makeFilter((text) =>
  text.trim() === "" || (/^\s*https?:/i.test(text) && URL.canParse(text)) ? undefined : "must be an http or https URL"
))

const baseUrl: Config.Config<Option.Option<URL>> = Config.schema(HttpUrl, "OPENAI_BASE_URL").pipe(
  Config.option,
  Config.map(Option.filter((text) => text.trim() !== "")),
  Config.map(Option.map((text) => new URL(text)))
)

/**
 * What the environment says, under the names that the official SDKs read: `OPENAI_API_KEY` (required), `OPENAI_BASE_URL`,
 * `OPENAI_ORG_ID`, `OPENAI_PROJECT_ID`.
 */
export const config = Config.all({
  apiKey,
  baseUrl,
  organization: optional("OPENAI_ORG_ID"),
  project: optional("OPENAI_PROJECT_ID")
})

/** `layer` with the key, the base URL, the organization and the project from the environment. */
export const layerConfig = <const M extends Model | (string & {})>(
  settings: Pick<Settings<M>, "model" | "defaults" | "maxBodyBytes">
): Layer.Layer<ImageModel, Config.ConfigError, HttpClient.HttpClient> =>
  Layer.unwrap(Effect.map(config, ({ apiKey, baseUrl, organization, project }) =>
    layer<M>({
      ...settings,
      apiKey,
      baseUrl: Option.getOrUndefined(baseUrl),
      organization: Option.getOrUndefined(organization),
      project: Option.getOrUndefined(project)
    })))
