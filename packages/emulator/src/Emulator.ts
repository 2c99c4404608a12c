/**
 * An image provider on loopback: real HTTP, real limits, real faults, no bill.
 *
 * Use it where a mock of `fetch` would hide what hurts in production: resets, stalls, waits, money spent for nothing. An
 * official SDK works against it unchanged. It emulates OpenAI's Images API (`url` + "/v1").
 *
 * It does not check what a prompt means, stream, edit, or listen on anything but 127.0.0.1.
 */
import { NodeHttpServer } from "@effect/platform-node"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { createServer } from "node:http"
import { type Keys, handle } from "./internal/openai/routes.ts"
import * as Store from "./internal/store.ts"
import * as Studio from "./internal/studio.ts"
import * as World from "./internal/world.ts"
import type * as Journal from "./Journal.ts"
import * as Scenario from "./Scenario.ts"

/** How to run an emulator. Every field is optional. */
export interface Options {
  /** The TCP port on 127.0.0.1. Default 0: any free one. */
  readonly port?: number
  /** What goes wrong: a name, or a scenario of your own, decoded strictly. Default "calm". */
  readonly scenario?: Scenario.Scenario | Scenario.Name
  /** Replaces the scenario's seed. */
  readonly seed?: number
  /**
   * The keys that are accepted. Default: every non-empty bearer token, but those that start with `sk-wrong`,
   * `sk-invalid` or `sk-expired`, so that a test can have a bad one.
   */
  readonly apiKeys?: ReadonlyArray<string>
  /**
   * "drawn": the prompt is legible in the picture; takes sharp, and 30 to 150 ms of a core per megapixel.
   * "plain": one generated picture per size and format, kept; for load tests.
   * Default: "drawn" if sharp can be imported, else "plain" (and PNG alone).
   */
  readonly pictures?: "drawn" | "plain"
  /** A file to which every journal entry is appended as a line of JSON. */
  readonly journalFile?: string
  /** Runs with every journal entry, before the answer is sent: an answer waits for it. */
  readonly onEntry?: (entry: Journal.Entry) => Effect.Effect<void>
}

/** The port cannot be listened on, mostly because something else does. */
export class PortUnavailable extends Schema.Error<PortUnavailable>("@fixative/emulator/PortUnavailable")({
  _tag: Schema.tag("PortUnavailable"),
  port: Schema.Int,
  cause: Schema.Defect()
}) {
  override get message() {
    return `The emulator cannot listen on 127.0.0.1:${this.port}. Choose another port, or 0 for any free one.`
  }
}

/** The scenario does not decode. `details` has every mistake with its path. */
export class InvalidScenario extends Schema.Error<InvalidScenario>("@fixative/emulator/InvalidScenario")({
  _tag: Schema.tag("InvalidScenario"),
  details: Schema.String
}) {
  override get message() {
    return `The scenario is not valid:\n${this.details}`
  }
}

/** `pictures: "drawn"` was asked for, and sharp cannot be imported. */
export class PicturesUnavailable extends Schema.Error<PicturesUnavailable>("@fixative/emulator/PicturesUnavailable")({
  _tag: Schema.tag("PicturesUnavailable"),
  cause: Schema.Defect()
}) {
  override get message() {
    return "Pictures can only be drawn with the package \"sharp\": install it, or use plain pictures."
  }
}

/** The journal file cannot be opened. */
export class JournalFileUnavailable
  extends Schema.Error<JournalFileUnavailable>("@fixative/emulator/JournalFileUnavailable")({
    _tag: Schema.tag("JournalFileUnavailable"),
    path: Schema.String,
    cause: Schema.Defect()
  })
{
  override get message() {
    return `The journal file ${this.path} cannot be opened for appending.`
  }
}

/** Why an emulator did not start. */
export class EmulatorError extends Schema.TaggedError<EmulatorError>("@fixative/emulator/EmulatorError")("EmulatorError", {
  reason: Schema.Union([PortUnavailable, InvalidScenario, PicturesUnavailable, JournalFileUnavailable])
}) {
  override get message() {
    return this.reason.message
  }
}

/** A running emulator. */
export class Emulator extends Context.Service<Emulator, {
  /** The port it listens on. */
  readonly port: number
  /** `http://127.0.0.1:PORT`; OpenAI's base URL is this and "/v1". */
  readonly url: string
  /**
   * The entries in order of arrival: the last 10,000, or fewer if their prompts exceed 16 million characters. Requests
   * still in flight have none yet. How many were dropped stands in `GET /_emulator/health`, and in the first `seq`.
   */
  readonly journal: Effect.Effect<ReadonlyArray<Journal.Entry>>
  /** Starts over: an empty journal, full buckets, no prompt asked yet, no outage running. The journal file stays. */
  readonly clear: Effect.Effect<void>
}>()("@fixative/emulator/Emulator") {}

const decodeScenario = (options: Options) => {
  const { scenario = "calm", seed } = options
  const named: Scenario.Scenario | undefined = typeof scenario === "string" ? Scenario.named[scenario] : scenario
  if (named === undefined) {
    const details = `Unknown name ${JSON.stringify(scenario)}: expected one of ${Object.keys(Scenario.named).join(", ")}`
    return Effect.fail(new EmulatorError({ reason: new InvalidScenario({ details }) }))
  }
  return Scenario.decode(seed === undefined ? named : { ...named, seed }).pipe(
    Effect.mapError((error) => new EmulatorError({ reason: new InvalidScenario({ details: error.message }) }))
  )
}

const openWorld = Effect.fnUntraced(function*(options: Options) {
  const scenario = yield* decodeScenario(options)
  const studio = yield* Studio.make(options.pictures, scenario.seed).pipe(
    Effect.mapError((cause) => new EmulatorError({ reason: new PicturesUnavailable({ cause }) }))
  )
  const store = yield* Store.make({ file: options.journalFile, onEntry: options.onEntry }).pipe(
    Effect.mapError((cause) =>
      new EmulatorError({ reason: new JournalFileUnavailable({ path: options.journalFile ?? "", cause }) })
    )
  )
  return World.make({ scenario, studio, store })
})

const json = (body: unknown) => HttpServerResponse.text(JSON.stringify(body), { contentType: "application/json" })

/** The emulator's own paths: not journaled, no key needed. */
const own = (world: World.World): Readonly<Record<string, Effect.Effect<HttpServerResponse.HttpServerResponse>>> => ({
  "GET /_emulator/health": Effect.map(
    Effect.all({ entries: world.store.all, dropped: world.store.dropped }),
    ({ dropped, entries }) => json({ status: "ok", provider: "openai", journal: { entries: entries.length, dropped } })
  ),
  "GET /_emulator/journal": Effect.map(world.store.all, json),
  "POST /_emulator/clear": Effect.as(world.clear, json({ cleared: true }))
})

const application = (world: World.World, keys: Keys) => {
  const provider = handle(world, keys)
  const ours = own(world)
  return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
    const [path = "/"] = request.url.split("?")
    return ours[`${request.method} ${path}`] ?? provider(request.method, path)
  })
}

/** Long enough for an answer that is being written; a stalled request would use up all of it. */
const GRACE = "100 millis"

/**
 * The server, listening. Its scope is its own, closed in real time: under a test clock the grace period, which a sleep
 * ends, would never be over.
 */
const listen = Effect.fnUntraced(function*(world: World.World, options: Options) {
  const { apiKeys, port = 0 } = options
  const scope = yield* Effect.acquireRelease(Scope.make(), (scope, exit) =>
    Scope.close(scope, exit).pipe(Effect.provideService(Clock.Clock, Clock.Clock.defaultValue())))
  const node = createServer()
  const server = yield* NodeHttpServer.make(() => node, { host: "127.0.0.1", port, gracefulShutdownTimeout: GRACE }).pipe(
    Effect.mapError((cause) => new EmulatorError({ reason: new PortUnavailable({ port, cause }) })),
    Scope.provide(scope)
  )
  yield* Scope.addFinalizer(scope, Effect.sync(() => node.closeAllConnections()))
  yield* server.serve(application(world, apiKeys)).pipe(Scope.provide(scope))
  const address = node.address()
  return typeof address === "object" && address !== null ? address.port : port
})

/** Starts an emulator; it stops when the scope closes, within about 100 ms. */
export const make = Effect.fn("Emulator.make")(function*(
  options: Options = {}
): Effect.fn.Return<Emulator["Service"], EmulatorError, Scope.Scope> {
  const world = yield* openWorld(options)
  const port = yield* listen(world, options)
  return Emulator.of({ port, url: `http://127.0.0.1:${port}`, journal: world.store.all, clear: world.clear })
})

/** An emulator as a layer. */
export const layer = (options: Options = {}): Layer.Layer<Emulator, EmulatorError> => Layer.effect(Emulator)(make(options))
