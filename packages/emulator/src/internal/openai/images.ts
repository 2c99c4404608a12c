/** `POST /v1/images/generations`: what a request is worth, in the order in which a provider looks at it. */
import * as ByteSize from "effect/ByteSize"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpIncomingMessage from "effect/http/HttpIncomingMessage"
import type * as HttpServerError from "effect/http/HttpServerError"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import type { Decision, Facts } from "../exchange.ts"
import * as Fate from "../fate.ts"
import * as Limiter from "../limiter.ts"
import type { Arrival, Asked, World } from "../world.ts"
import * as Answers from "./answers.ts"
import * as Faults from "./faults.ts"
import * as Models from "./models.ts"
import * as Request from "./request.ts"

/** Prompts end at 32,000 characters: anything near this is not a generation request. */
const MAX_BODY = ByteSize.mebibytes(1)

const isTooLarge = (error: HttpServerError.HttpServerError) =>
  error.reason._tag === "RequestParseError" && error.reason.reason === "BodyTooLarge"

/** The body, or the refusal it earned. A body that ends early is a client that left. */
const readBody: Effect.Effect<unknown, Request.Refusal, HttpServerRequest.HttpServerRequest> = Effect.gen(function*() {
  const request = yield* HttpServerRequest.HttpServerRequest
  const text = yield* request.text.pipe(
    Effect.provideService(HttpIncomingMessage.MaxBodySize, MAX_BODY),
    Effect.catch((error) => isTooLarge(error) ? Effect.fail(Answers.bodyTooLarge) : Effect.never)
  )
  return yield* Effect.try({ try: (): unknown => JSON.parse(text), catch: () => Answers.notJson })
})

const isRefusal = (value: Request.ImageRequest | Request.Refusal): value is Request.Refusal => "status" in value

/** What can be told of a request that did not pass. */
const factsOfInvalid = (body: unknown): Facts => {
  if (typeof body !== "object" || body === null) return {}
  const { model, prompt } = body as Readonly<Record<string, unknown>>
  return {
    ...(typeof prompt === "string" ? { prompt: prompt.slice(0, 32_000) } : {}),
    ...(typeof model === "string" ? { model: model.slice(0, 100) } : {})
  }
}

const factsOf = (request: Request.ImageRequest, asked: Asked): Facts => ({
  prompt: request.prompt,
  promptAttempt: asked.nth,
  model: request.model.id,
  n: request.n,
  size: `${request.width}x${request.height}`,
  quality: request.quality,
  format: request.format,
  valid: true,
  ...(asked.early ? { early: true as const } : {})
})

/** The answer of an outage, to whatever is asked. */
export const outage = (answer: "503" | "html" | "reset", arrival: Arrival, facts: Facts): Decision => {
  switch (answer) {
    case "503":
      return Faults.refuse(Answers.overloaded, arrival.requestId, facts)
    case "html":
      return Faults.page(503, arrival.requestId, facts, 0)
    case "reset":
      return { facts, ending: { _tag: "Reset" } }
  }
}

const overLimit = (
  verdict: Exclude<Limiter.Verdict, { _tag: "Taken" }>,
  victim: Faults.Victim
): Decision => {
  const headers = Limiter.headers(victim.limits)
  const where = `for ${victim.request.model.id} in organization org-emulated on ${verdict.scope} per min`
  if (verdict._tag === "TooMany") {
    const message = `Request too large ${where}: Limit ${verdict.most}, Requested ${verdict.asked}. Reduce 'n' and try again.`
    return Faults.refuse(Answers.rateLimit(verdict.scope, message), victim.requestId, victim.facts, { headers })
  }
  const { perMinute, scope, waitMillis } = verdict
  const message = `Rate limit reached ${where}: Limit ${perMinute}. Please try again in ${Limiter.goDuration(waitMillis)}.`
  const facts = { ...victim.facts, retryAfterMillis: waitMillis, earliestRetryAt: victim.at + waitMillis }
  return Faults.refuse(Answers.rateLimit(scope, message), victim.requestId, facts, {
    headers: { ...headers, "retry-after": String(Math.ceil(waitMillis / 1_000)), "retry-after-ms": String(waitMillis) }
  })
}

const success = (world: World, victim: Faults.Victim): Decision => {
  const { request } = victim
  const footnote = `${request.model.id} · ${request.width}x${request.height} · ${request.quality} · Fixative emulator`
  const picture = (index: number) =>
    world.studio.make({
      ...request,
      index,
      transparent: request.background === "transparent",
      footnote
    })
  return {
    facts: { ...victim.facts, ...victim.bill },
    delayMillis: victim.latencyMillis,
    ending: {
      _tag: "Answer",
      status: 200,
      // What cannot be drawn after validation is the emulator's own defect, not a fault of the scenario.
      work: Effect.orDie(Effect.forEach(Array.from({ length: request.n }, (_, i) => i), picture, { concurrency: request.n })),
      answer: (made, processingMillis) =>
        Answers.json(Answers.images(request, Math.floor(victim.at / 1_000), made), 200, {
          requestId: victim.requestId,
          processingMillis,
          headers: Limiter.headers(victim.limits)
        })
    }
  }
}

/** Script, outage, limits, refused words, chance: the first that speaks decides. */
const decideValid = (world: World, arrival: Arrival, request: Request.ImageRequest, nowMillis: number): Decision => {
  const asked = world.ask(request.prompt, arrival.at)
  const facts = factsOf(request, asked)
  const { latencyMillis, waitMillis } = asked.fate
  const window = world.outage(arrival.at, true)
  const usage = Models.usage(request.model, request)
  const victim = (): Faults.Victim => ({
    request,
    requestId: arrival.requestId,
    at: nowMillis,
    waitMillis,
    latencyMillis,
    limits: world.limiter().state(nowMillis),
    facts,
    bill: { billedImages: request.n, billedUsd: usage.usd }
  })

  const step = Fate.scripted(world.scenario, request.prompt, asked.nth)
  if (step !== undefined) return Faults.decide(step.fault, { ...victim(), waitMillis: step.waitMillis ?? waitMillis })
  if (window !== undefined) return outage(window.answer, arrival, facts)
  const verdict = world.limiter().take(nowMillis, request.n)
  if (verdict._tag !== "Taken") return overLimit(verdict, victim())
  const category = world.refused(request.prompt)
  if (category !== undefined) return Faults.blocked(category, "input", arrival.requestId, facts, latencyMillis)
  return asked.fate.fault === undefined ? success(world, victim()) : Faults.decide(asked.fate.fault, victim())
}

/** What happens to this request. Its key was checked already. */
export const decide = (world: World) => (arrival: Arrival) =>
  readBody.pipe(
    Effect.flatMap(Effect.fnUntraced(function*(body) {
      const nowMillis = yield* Clock.currentTimeMillis
      const checked = Request.check(body, nowMillis)
      if (isRefusal(checked)) {
        const window = world.outage(arrival.at, true)
        const facts = factsOfInvalid(body)
        return window === undefined ? Faults.refuse(checked, arrival.requestId, facts) : outage(window.answer, arrival, facts)
      }
      if (!world.studio.formats.has(checked.format)) {
        return Faults.refuse(Answers.noSharp(checked.format), arrival.requestId, factsOfInvalid(body))
      }
      const decision = decideValid(world, arrival, checked, nowMillis)
      const { earliestRetryAt } = decision.facts
      if (earliestRetryAt !== undefined) world.announce(checked.prompt, earliestRetryAt)
      return decision
    })),
    Effect.catch((refused) => Effect.succeed(Faults.refuse(refused, arrival.requestId, {})))
  )
