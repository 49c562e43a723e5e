// package.ts: a flat ODF document as the package that office programs open everywhere (.ods, .odt): the same document gives the same bytes.
import { type Zippable, zipSync } from 'fflate'
import { childrenNamed, type XmlElement, type XmlNode } from '../../policy/forms/xml-tree.ts'
import { element, xmlHead, xmlOf } from './odf-text.ts'

export interface DocumentFacts {
  /** As the window of the office program shows it. */
  readonly title: string
  /** When the document says that it was made, ISO 8601: a time of the data, never of the clock. */
  readonly made: string
  /** More that travels with the document and no page shows, by name. */
  readonly properties?: Readonly<Record<string, string>>
}

const manifest = 'urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'
const mediaTypes: Readonly<Record<string, string>> = {
  'content.xml': 'text/xml',
  'styles.xml': 'text/xml',
  'meta.xml': 'text/xml',
}

/** Packs a document (ODF 1.3 part 2): `mimetype` first and stored, then the parts.
 *  @param root `office:document`, filled */
export function odfPackage(root: XmlElement, facts: DocumentFacts): Buffer {
  const mimetype = root.attributes['office:mimetype'] ?? ''
  const parts = { 'content.xml': contentOf(root), 'styles.xml': stylesOf(root), 'meta.xml': metaOf(facts) }
  const files = { mimetype, ...parts, 'META-INF/manifest.xml': manifestOf(mimetype) }
  const zipped: Zippable = {}
  // The parts were never files, so they have no time: the first that a zip can say, in local time as a zip says it.
  const noTime = new Date(1980, 0, 1)
  for (const [name, text] of Object.entries(files))
    zipped[name] = [Buffer.from(text), { level: name === 'mimetype' ? 0 : 9, mtime: noTime, os: 0 }]
  return Buffer.from(zipSync(zipped))
}

/** Namespaces and version of the whole, for a part of it. */
function partOf(root: XmlElement, name: string, children: readonly XmlNode[]): string {
  const { 'office:mimetype': _, ...attributes } = root.attributes
  return `${xmlHead}${xmlOf(element(name, attributes, children))}`
}

/** Automatic styles are of the content and of the pages in one list; page layouts only of the pages. */
function stylesIn(root: XmlElement, wanted: (name: string) => boolean): readonly XmlElement[] {
  return childrenNamed(root, 'office:automatic-styles').map((styles) =>
    element(
      styles.name,
      styles.attributes,
      styles.children.filter((child) => typeof child !== 'string' && wanted(child.name)),
    ),
  )
}

const contentOf = (root: XmlElement): string =>
  partOf(root, 'office:document-content', [
    ...childrenNamed(root, 'office:font-face-decls'),
    ...stylesIn(root, (name) => name !== 'style:page-layout'),
    ...childrenNamed(root, 'office:body'),
  ])

const stylesOf = (root: XmlElement): string =>
  partOf(root, 'office:document-styles', [
    ...childrenNamed(root, 'office:font-face-decls'),
    ...childrenNamed(root, 'office:styles'),
    ...stylesIn(root, () => true),
    ...childrenNamed(root, 'office:master-styles'),
  ])

function metaOf({ made, properties = {}, title }: DocumentFacts): string {
  const attributes = {
    'xmlns:office': 'urn:oasis:names:tc:opendocument:xmlns:office:1.0',
    'xmlns:meta': 'urn:oasis:names:tc:opendocument:xmlns:meta:1.0',
    'xmlns:dc': 'http://purl.org/dc/elements/1.1/',
    'office:version': '1.3',
  }
  const own = Object.entries(properties).map(([name, value]) => element('meta:user-defined', { 'meta:name': name }, [value]))
  const members = [
    element('meta:generator', {}, ['linkage-gateway']),
    element('dc:title', {}, [title]),
    element('meta:creation-date', {}, [made]),
    element('dc:date', {}, [made]),
    ...own,
  ]
  return `${xmlHead}${xmlOf(element('office:document-meta', attributes, [element('office:meta', {}, members)]))}`
}

function manifestOf(mimetype: string): string {
  const entry = (path: string, type: string) => element('manifest:file-entry', { 'manifest:full-path': path, 'manifest:media-type': type })
  const entries = [entry('/', mimetype), ...Object.entries(mediaTypes).map(([path, type]) => entry(path, type))]
  return `${xmlHead}${xmlOf(element('manifest:manifest', { 'xmlns:manifest': manifest, 'manifest:version': '1.3' }, entries))}`
}
