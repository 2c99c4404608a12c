/**
 * `ImageModel`: one interface for image generation, and a client per provider.
 *
 * @module
 */
export * as ImageModel from "./ImageModel.ts"
export * as OpenAi from "./OpenAi.ts"
export * as Prices from "./Prices.ts"
export * as Sniff from "./Sniff.ts"
