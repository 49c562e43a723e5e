// sandbox-name.ts: by which name a sandbox is known: in its origin, and so in the name of its log, in every checkpoint and every receipt.

/** Whether a host is a sandbox's: one of its labels begins with `sandbox`. No gateway that serves real data has such a name, so that whoever
 *  reads an entry, a checkpoint or a receipt knows by its log's name that nothing of it is evidence.
 *  @param host without a port: `sandbox.linkage.example.gov.tw` */
export const isSandboxHost = (host: string): boolean => host.split('.').some((label) => label.startsWith('sandbox'))

/** @param origin `https://sandbox.linkage.example.gov.tw`; anything that is no URL is no sandbox's */
export const isSandboxOrigin = (origin: string): boolean => URL.canParse(origin) && isSandboxHost(new URL(origin).hostname)
