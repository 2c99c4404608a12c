/** OpenAI's paths, and who may use them. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Exchange from "../exchange.ts"
import type { Arrival, World } from "../world.ts"
import * as Answers from "./answers.ts"
import * as Faults from "./faults.ts"
import * as Images from "./images.ts"
import * as Models from "./models.ts"
import * as Request from "./request.ts"

type Decide = (arrival: Arrival) => Effect.Effect<Exchange.Decision, never, HttpServerRequest.HttpServerRequest>

/** Who is let in: these keys, or, without a list, every key that does not say that it is a bad one. */
export type Keys = ReadonlyArray<string> | undefined

const bearer = /^Bearer +(\S+)$/i
const bad = /^sk-(wrong|invalid|expired)/

const refusedKey = (keys: Keys, authorization: string | undefined): Request.Refusal | undefined => {
  const key = bearer.exec(authorization ?? "")?.[1]
  if (key === undefined) return Answers.missingKey
  if (keys !== undefined) return keys.includes(key) ? undefined : Answers.wrongKey
  const [, why] = bad.exec(key) ?? []
  return why === undefined ? undefined : why === "expired" ? Answers.expiredKey : Answers.wrongKey
}

const guarded = (keys: Keys, decide: Decide): Decide => (arrival) =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    const refused = refusedKey(keys, request.headers["authorization"])
    return refused === undefined ? decide(arrival) : Effect.succeed(Faults.refuse(refused, arrival.requestId, {}))
  })

const refuse = (refusal: Request.Refusal): Decide => (arrival) =>
  Effect.succeed(Faults.refuse(refusal, arrival.requestId, {}))

const answer = (world: World, body: (nowMillis: number) => object): Decide => (arrival) =>
  Effect.map(Clock.currentTimeMillis, (nowMillis): Exchange.Decision => {
    const window = world.outage(arrival.at, false)
    if (window !== undefined) return Images.outage(window.answer, arrival, {})
    const found = body(nowMillis)
    if ("message" in found) return Faults.refuse(found as Request.Refusal, arrival.requestId, {})
    return {
      facts: { valid: true },
      ending: {
        _tag: "Answer",
        status: 200,
        answer: (_, processingMillis) => Answers.json(found, 200, { requestId: arrival.requestId, processingMillis })
      }
    }
  })

const modelsAt = (nowMillis: number) => ({
  object: "list",
  data: Models.all.filter((model) => Models.isServed(model, nowMillis)).map(Models.describe)
})

const modelAt = (id: string) => (nowMillis: number) => {
  const found = Request.findModel(id, nowMillis)
  return "status" in found ? found : Models.describe(found)
}

const decodeId = (text: string) => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

interface Route {
  readonly method: "GET" | "POST"
  readonly path: RegExp
  readonly decide: (world: World, path: string, match: string) => Decide
}

const notYet = (_: World, path: string): Decide => refuse(Answers.notEmulated(path))

const routes: ReadonlyArray<Route> = [
  { method: "POST", path: /^\/v1\/images\/generations$/, decide: Images.decide },
  { method: "POST", path: /^\/v1\/images\/(?:edits|variations)$/, decide: notYet },
  { method: "GET", path: /^\/v1\/models$/, decide: (world) => answer(world, modelsAt) },
  { method: "GET", path: /^\/v1\/models\/([^/]+)$/, decide: (world, _, id) => answer(world, modelAt(decodeId(id))) }
]

const find = (world: World, keys: Keys, method: string, path: string): Decide => {
  const here = routes.filter((route) => route.path.test(path))
  const route = here.find((route) => route.method === method)
  if (route !== undefined) return guarded(keys, route.decide(world, path, route.path.exec(path)?.[1] ?? ""))
  return refuse(here.length > 0 ? Answers.wrongMethod(method, path) : Answers.unknownUrl(method, path))
}

/** Answers whatever is asked under any path but the emulator's own. */
export const handle = (world: World, keys: Keys) => (method: string, path: string) =>
  Exchange.run(world, { method, path: path.slice(0, 500) }, find(world, keys, method, path.slice(0, 500)))
