/** A portable request in the terms of the prompt checks. */
import type { ImageModel } from "@fixative/image"
import type { Check } from "@fixative/prompt"

const openAiServer = "@https://api.openai.com/v1"

/**
 * Whose limits hold. OpenAI's own models have them wherever they are served, by gateways too; a DALL-E or an unknown model
 * behind another base URL is a compatible server's business, which shuts nothing down on OpenAI's dates.
 */
const providerOf = ({ key, model, provider }: ImageModel.Model): string =>
  provider !== "openai" || key.endsWith(openAiServer) || /^(?:chat)?gpt-image/.test(model) ? provider : "openai-compatible"

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
