/** A portable request in the terms of the prompt checks, and whose limits hold for it. */
import type { ImageModel } from "@fixative/image"
import { type Check, PromptPolicy } from "@fixative/prompt"

const isAtOpenAi = (key: string): boolean => key.endsWith("@https://api.openai.com/v1")

/**
 * OpenAI's image models have their limits wherever they are served, by gateways too; a DALL-E or an unknown model behind
 * another base URL is a compatible server's own business.
 */
const providerOf = ({ key, model, provider }: ImageModel.Model): string =>
  provider !== "openai" || isAtOpenAi(key) || /^(?:chat)?gpt-image/.test(model) ? provider : "openai-compatible"

export const checkable = (request: ImageModel.GenerateRequest, model: ImageModel.Model): Check.Request => ({
  prompt: request.prompt,
  provider: providerOf(model),
  model: model.model,
  ...(request.n === undefined ? {} : { n: request.n }),
  ...(request.size === undefined ? {} : { size: request.size }),
  ...(request.quality === undefined ? {} : { quality: request.quality }),
  ...(request.format === undefined ? {} : { format: request.format }),
  ...(request.background === undefined ? {} : { background: request.background }),
  ...(request.compression === undefined ? {} : { compression: request.compression })
})

/** OpenAI shuts models down on its own servers; under another base URL the date is a warning. */
export const policyFor = ({ key }: ImageModel.Model, policy: PromptPolicy.PromptPolicy): PromptPolicy.PromptPolicy =>
  isAtOpenAi(key) ? policy : PromptPolicy.extend(policy, { severities: { "request/model-shut-down": "warn" } })
