/** Phrases of words in one trie, so that a prompt is read once however many rules there are. */
import type { Token } from "./view.ts"

interface Node<A> {
  readonly next: Map<string, Node<A>>
  readonly values: Array<A>
}

export interface Trie<A> {
  readonly root: Node<A>
}

export interface Hit<A> {
  readonly value: A
  /** First token. */
  readonly from: number
  /** One past the last token. */
  readonly to: number
}

const node = <A>(): Node<A> => ({ next: new Map(), values: [] })

export const make = <A>(): Trie<A> => ({ root: node() })

/** Adds a phrase; `a|b` in a word's place is either word. */
export const add = <A>(trie: Trie<A>, phrase: string, value: A): void => {
  let level = [trie.root]
  for (const place of phrase.normalize("NFKC").toLowerCase().split(/\s+/u).filter((part) => part !== "")) {
    const deeper: Array<Node<A>> = []
    for (const parent of level) {
      for (const word of place.split("|")) {
        const child = parent.next.get(word) ?? node<A>()
        parent.next.set(word, child)
        deeper.push(child)
      }
    }
    level = deeper
  }
  for (const leaf of level) if (leaf !== trie.root) leaf.values.push(value)
}

const maxGap = 3

const joined = (text: string, start: number, end: number): boolean => {
  if (end - start > maxGap) return false
  for (let index = start; index < end; index++) {
    const char = text.charCodeAt(index)
    // space, tab, line feed, carriage return, hyphen, underscore
    if (char !== 32 && char !== 9 && char !== 10 && char !== 13 && char !== 45 && char !== 95) return false
  }
  return true
}

/** Every phrase that begins at token `from`, shorter ones first. */
export const at = <A>(
  trie: Trie<A>,
  text: string,
  tokens: ReadonlyArray<Token>,
  from: number,
  visit: (hit: Hit<A>) => void
): void => {
  const walk = (current: Node<A>, index: number): void => {
    const token = tokens[index]
    if (token === undefined) return
    const previous = tokens[index - 1]
    if (index > from && previous !== undefined && !joined(text, previous.end, token.start)) return
    const plain = current.next.get(token.text)
    if (plain !== undefined) enter(plain, index)
    const other = token.other === undefined ? undefined : current.next.get(token.other)
    if (other !== undefined) enter(other, index)
  }
  const enter = (reached: Node<A>, index: number): void => {
    for (const value of reached.values) visit({ value, from, to: index + 1 })
    walk(reached, index + 1)
  }
  walk(trie.root, from)
}
