/** A provider behind TLS of a corporate CA, reached through a proxy: as in an office. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { createServer as createHttpServer } from "node:http"
import { createServer } from "node:https"
import { connect, type AddressInfo, type Server } from "node:net"
import { fileURLToPath } from "node:url"
import { fixative, folder, key } from "./support.ts"

const pem = fileURLToPath(new URL("fixtures/provider.test.pem", import.meta.url))
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="

const listening = (server: Server) =>
  Effect.acquireRelease(
    Effect.callback<number>((resume) => {
      server.listen(0, "127.0.0.1", () => {
        const address: AddressInfo | string | null = server.address()
        resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
      })
    }),
    () => Effect.sync(() => server.close())
  )

/** The office: only the proxy knows where `provider.test` is. */
const office = Effect.gen(function*() {
  const tunnels: Array<string> = []
  const credentials = readFileSync(pem)
  const provider = yield* listening(createServer({ key: credentials, cert: credentials }, (request, response) => {
    request.resume().on("end", () => response.setHeader("content-type", "application/json").end(JSON.stringify({ created: 1, data: [{ b64_json: png }] })))
  }))
  const server = createHttpServer()
  server.on("connect", (request, socket, head) => {
    tunnels.push(request.url ?? "")
    const onward = connect(provider, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
      onward.write(head)
      onward.pipe(socket).pipe(onward)
    })
    onward.on("error", () => socket.destroy())
    socket.on("error", () => onward.destroy())
  })
  const proxy = yield* listening(server)
  return { tunnels, proxy: `http://127.0.0.1:${proxy}`, provider }
})

describe("behind a proxy and a corporate CA", () => {
  it.live("goes through HTTPS_PROXY, and trusts NODE_EXTRA_CA_CERTS", () =>
    Effect.gen(function*() {
      const { proxy, tunnels } = yield* office
      const env = { OPENAI_API_KEY: key, OPENAI_BASE_URL: "https://provider.test/v1", HTTPS_PROXY: proxy, NODE_EXTRA_CA_CERTS: pem }
      const { code, stderr } = yield* fixative(["generate", "a fox", "--retries", "0"], { cwd: yield* folder, env })
      assert.strictEqual(code, 0, stderr)
      assert.deepStrictEqual(tunnels, ["provider.test:443"])
    }))

  it.live("goes past it for hosts in NO_PROXY", () =>
    Effect.gen(function*() {
      const { provider, proxy, tunnels } = yield* office
      const env = { OPENAI_API_KEY: key, OPENAI_BASE_URL: `https://127.0.0.1:${provider}/v1`, HTTPS_PROXY: proxy, NO_PROXY: "127.0.0.1", NODE_EXTRA_CA_CERTS: pem }
      const { code, stderr } = yield* fixative(["generate", "a fox", "--retries", "0"], { cwd: yield* folder, env })
      assert.strictEqual(code, 0, stderr)
      assert.deepStrictEqual(tunnels, [])
    }))

  it.live("says that a certificate is not trusted, and what to do, after one try", () =>
    Effect.gen(function*() {
      const { proxy, tunnels } = yield* office
      const env = { OPENAI_API_KEY: key, OPENAI_BASE_URL: "https://provider.test/v1", HTTPS_PROXY: proxy }
      const { code, stderr } = yield* fixative(["generate", "a fox"], { cwd: yield* folder, env })
      assert.strictEqual(code, 1)
      assert.include(stderr, "NODE_EXTRA_CA_CERTS")
      assert.lengthOf(tunnels, 1)
    }))
})
