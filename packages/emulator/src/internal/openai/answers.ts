/** OpenAI's answers: the error envelope, the images response, and what stands in front of it when it breaks. */
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type { ImageRequest, Refusal } from "./request.ts"
import * as Models from "./models.ts"

/** The version that OpenAI has sent since 2020. */
const VERSION = "2020-10-01"

/** What every answer carries. */
export interface Meta {
  readonly requestId: string
  readonly processingMillis: number
  readonly headers?: Readonly<Record<string, string>>
}

export const json = (body: unknown, status: number, meta: Meta): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(JSON.stringify(body), {
    status,
    contentType: "application/json",
    headers: {
      "x-request-id": meta.requestId,
      "openai-processing-ms": String(Math.max(0, Math.round(meta.processingMillis))),
      "openai-version": VERSION,
      ...meta.headers
    }
  })

/** `{error: {message, type, param, code}}`, with further fields after them where an error has any. */
export const error = (refusal: Refusal, meta: Meta, details?: Readonly<Record<string, unknown>>) => {
  const { code, message, param, status, type } = refusal
  return json({ error: { message, type, param, code, ...details } }, status, meta)
}

const problem = (status: number, type: string, code: string | null, message: string): Refusal => ({
  status,
  type,
  code,
  message,
  param: null
})

export const missingKey = problem(401, "invalid_request_error", null,
  "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth " +
    "(i.e. Authorization: Bearer YOUR_KEY). You can obtain an API key from https://platform.openai.com/account/api-keys.")

// OpenAI repeats a masked key here; the emulator repeats nothing of it.
export const wrongKey = problem(401, "invalid_request_error", "invalid_api_key",
  "Incorrect API key provided: sk-***. You can find your API key at https://platform.openai.com/account/api-keys.")

export const expiredKey = problem(401, "invalid_request_error", "invalid_api_key",
  "The API key provided has expired: sk-***. You can create a new one at https://platform.openai.com/account/api-keys.")

export const notJson = problem(400, "invalid_request_error", null,
  "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library " +
    "correctly. The API expects a JSON payload, but what was sent was not valid JSON.)")

export const bodyTooLarge = problem(413, "invalid_request_error", "request_too_large", "Request body exceeds 1 MiB.")

export const unknownUrl = (method: string, path: string) =>
  problem(404, "invalid_request_error", null, `Invalid URL (${method} ${path})`)

export const wrongMethod = (method: string, path: string) =>
  problem(405, "invalid_request_error", "method_not_supported",
    `Not allowed to ${method} on ${path} (HINT: Perhaps you meant to use a different HTTP method?)`)

export const notEmulated = (path: string) =>
  problem(400, "invalid_request_error", "not_emulated", `${path} is not emulated yet.`)

export const noSharp = (format: string): Refusal => ({
  ...problem(400, "invalid_request_error", "not_emulated", `The output format '${format}' needs the package "sharp", which is not installed: ask for png.`),
  param: "output_format"
})

export const quota = problem(429, "insufficient_quota", "insufficient_quota",
  "You exceeded your current quota, please check your plan and billing details. For more information on this error, " +
    "read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.")

export const rateLimit = (scope: "requests" | "images", message: string) =>
  problem(429, scope, "rate_limit_exceeded", message)

export const serverError = (requestId: string) =>
  problem(500, "server_error", null, "The server had an error while processing your request. Sorry about that! " +
    `You can retry your request, or contact us through our help center at help.openai.com if the error persists. (Please include the request ID ${requestId} in your message.)`)

export const badGateway = problem(502, "server_error", null, "Bad gateway. Please try again.")

export const overloaded = problem(503, "server_error", null, "The engine is currently overloaded, please try again later.")

export const moderationBlocked = (requestId: string): Refusal =>
  problem(400, "image_generation_user_error", "moderation_blocked",
    "Your request was rejected by the safety system. If you believe this is an error, contact us at help.openai.com and " +
      `include the request ID ${requestId}.`)

const title = (status: number) => status === 503 ? "503 Service Temporarily Unavailable" : "502 Bad Gateway"

/** A page of whatever stands in front: no JSON, no OpenAI headers but the id. */
export const html = (status: 502 | 503, meta: Meta): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(
    `<html>\r\n<head><title>${title(status)}</title></head>\r\n<body>\r\n<center><h1>${title(status)}</h1></center>\r\n` +
      "<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n",
    {
      status,
      contentType: "text/html",
      headers: { "server": "cloudflare", "cf-ray": `${meta.requestId.slice(4, 20)}-FRA`, "x-request-id": meta.requestId }
    }
  )

/** The images response. `images` is empty where the fault is that there are none. */
export const images = (
  request: ImageRequest,
  created: number,
  images: ReadonlyArray<Uint8Array>
) => {
  const { inputTokens, outputTokens } = Models.usage(request.model, request)
  return {
    created,
    background: request.background,
    data: images.map((bytes) => ({ b64_json: Buffer.from(bytes).toString("base64") })),
    output_format: request.format,
    quality: request.quality,
    size: `${request.width}x${request.height}`,
    usage: {
      input_tokens: inputTokens,
      input_tokens_details: { image_tokens: 0, text_tokens: inputTokens },
      output_tokens: outputTokens,
      output_tokens_details: { image_tokens: outputTokens, text_tokens: 0 },
      total_tokens: inputTokens + outputTokens
    }
  }
}
