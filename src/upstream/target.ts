// target.ts: the request target sent upstream, rebuilt from the template and the validated parameters: nothing of the caller's URL is forwarded.

/** @param template OpenAPI path template, `/households/{region}/status`
 *  @param path values of its parameters, decoded
 *  @param query pairs in the order in which they are sent, decoded
 *  @throws RangeError where the template names a parameter that has no value */
export function rebuildTarget(
  base: string,
  template: string,
  path: ReadonlyMap<string, string>,
  query: readonly (readonly [string, string])[],
): string {
  const filled = template.includes('{')
    ? template.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
        const value = path.get(name)
        if (value === undefined || value === '') throw new RangeError(`the path template ${template} needs ${name}`)
        return encodeURIComponent(value)
      })
    : template
  if (query.length === 0) return base + filled
  return `${base}${filled}?${query.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')}`
}
