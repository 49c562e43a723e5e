// browser.ts: the browser, as far as the page uses it.

export interface PageElement {
  textContent: string | null
  className: string
  hidden: boolean
  append(...nodes: readonly (PageElement | string)[]): void
  replaceChildren(...nodes: readonly (PageElement | string)[]): void
  setAttribute(name: string, value: string): void
  addEventListener(event: string, listener: () => void): void
}

export interface PageInput extends PageElement {
  readonly files: ArrayLike<PageFile>
  value: string
  disabled: boolean
}

export interface PageProgress extends PageElement {
  value: number
}

/** A file of the folder that was chosen. */
export interface PageFile {
  readonly name: string
  readonly size: number
  /** With the folder's own name in front; empty where a single file was chosen. */
  readonly webkitRelativePath: string
  slice(from: number, to: number): { arrayBuffer(): Promise<ArrayBuffer> }
}

export interface PageDocument {
  getElementById(id: string): PageElement | null
  createElement(name: string): PageElement
}

declare const document: PageDocument

export const page = (): PageDocument => document
